"""Two web processes on PostgreSQL that reach their Redis by a way that can go bad."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server.embedded import Valkey
from tests.faults.letters import Mood
from tests.faults.trial import Trial, trial
from tests.faults.way import Way, way_to
from tests.flow.foundation import Foundation
from tests.flow.house import WEB, House


@dataclass
class Lab:
    """What is written at the one process is watched at the other."""

    house: House
    way: Way
    mood: Mood
    crews: int = 0
    bad: list[tuple[float, float]] = field(default_factory=list)  # when the bell was gone

    def trial(
        self, orders: int, per_second: float, **more: Any
    ) -> AbstractAsyncContextManager[Trial]:
        """A crew at the first process, boards at the second."""
        self.crews += 1
        self.bad.clear()
        one, other = self.house.webs
        own = {"at": [other], "by": [one], "name": f"{self.crews}-", **more}
        return trial(self.house, orders, per_second, **own)

    @contextmanager
    def without_bell(self) -> Iterator[None]:
        """Note from when until when."""
        began = time.time()
        yield
        self.bad.append((began, time.time()))

    async def dead(self, pause: Callable[[], Awaitable[Any]]) -> None:
        """Redis is killed, and started again after the pause."""
        with self.without_bell():
            self.house.valkey.kill()
            await pause()
        self.house.valkey.start()

    async def frozen(self, pause: Callable[[], Awaitable[Any]]) -> None:
        """Redis takes everything and answers nothing."""
        with self.without_bell():
            os.kill(self.house.valkey.pid, signal.SIGSTOP)
            try:
                await pause()
            finally:
                os.kill(self.house.valkey.pid, signal.SIGCONT)

    async def silent(self, pause: Callable[[], Awaitable[Any]]) -> None:
        """The network swallows every byte; sockets stay open, and new ones are taken."""
        with self.without_bell():
            self.way.swallowing = True
            try:
                await pause()
            finally:
                self.way.swallowing = False


@contextmanager
def lab(foundation: Foundation, var: Path, words: Sequence[str] = WEB) -> Iterator[Lab]:
    """A house with a Valkey of its own behind a way; it is gone when this is left."""
    with ExitStack() as stack:
        valkey = stack.enter_context(Valkey(var / "redis", persistent=False))
        way = stack.enter_context(way_to(valkey.url))
        mood = Mood()
        way.twist = mood.liar
        house = House(foundation, var, valkey)
        stack.enter_context(closing(house.database))
        stack.callback(house.end)
        house.start(2, 0, words, {"REDIS_URL": f"redis://127.0.0.1:{way.port}"})
        yield Lab(house, way, mood)
