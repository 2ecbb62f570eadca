"""`perform`, with a clock beside it: how often each command ran, how it ended, how long it took."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, ParamSpec, TypeVar

from server.answers import Answer
from server.db import Database
from server.errors import Refused, Unsaved
from server.perform import Announcer, Command, Once, Perform
from server.realtime.counts import Histogram

P = ParamSpec("P")
T = TypeVar("T")

BOUNDS: Final = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Timing:
    """One command: its durations, and its ends by name."""

    __slots__ = ("ends", "name", "seconds")

    def __init__(self, name: str) -> None:
        self.name = name
        self.ends: Counter[str] = Counter()
        self.seconds = Histogram(BOUNDS)


class Timings:
    """All commands that have run in this process."""

    def __init__(self) -> None:
        self.by_command: dict[Callable[..., Any], Timing] = {}

    def of(self, command: Callable[..., Any]) -> Timed:
        """Around one run of a command."""
        timing = self.by_command.get(command)
        if timing is None:
            timing = self.by_command[command] = Timing(called(command))
        return Timed(timing)


class Timed:
    """One run: done, unless it says or raises otherwise."""

    __slots__ = ("began", "end", "timing")

    def __init__(self, timing: Timing) -> None:
        self.timing = timing
        self.end = "done"

    def __enter__(self) -> Timed:
        self.began = time.perf_counter()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.timing.seconds.note(time.perf_counter() - self.began)
        self.timing.ends[ended(error) if error else self.end] += 1


class Measured(Perform):
    """A `perform` that keeps the time."""

    def __init__(self, database: Database, announcer: Announcer) -> None:
        super().__init__(database, announcer)
        self.timings = Timings()

    async def __call__(self, command: Command[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self.timings.of(command):
            return await super().__call__(command, *args, **kwargs)

    async def once(
        self,
        once: Once | None,
        answered: Callable[[T], Answer],
        command: Command[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Answer:
        with self.timings.of(command) as timed:
            answer = await super().once(once, answered, command, *args, **kwargs)
            timed.end = told(answer)
            return answer


def called(command: Callable[..., Any]) -> str:
    """`lifecycle.advance`."""
    return f"{command.__module__.rpartition('.')[2]}.{command.__name__}"


def told(answer: Answer) -> str:
    """How a command ended, by its answer."""
    if "Idempotent-Replay" in answer.headers:
        return "replayed"
    return "refused" if answer.status >= 400 else "done"


def ended(error: BaseException) -> str:
    """How a command ended, by what it raised."""
    if isinstance(error, Unsaved):
        return "unsaved"
    return "refused" if isinstance(error, Refused) else "broken"
