"""Two processes over one book, and a Redis between them that does with letters as it likes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from server.db import Database
from server.events import Publication
from server.live import Doorkeeper, LiveBook, LiveProjection
from server.orders.links import Links
from server.perform import Perform, Read
from server.realtime.broker import MemoryBroker, tell
from server.realtime.hub import Hub
from server.realtime.letters import letter, opened
from server.realtime.limits import Limits
from server.recognition import Recognition
from server.settings import Settings

SENDER: Final = b"0123456789abcdef"
QUICK: Final = replace(
    Limits(),
    look_seconds=0.05,
    head_seconds=0.1,
    stale_seconds=0.15,
    linger_seconds=0.2,
    ring_events=24,
    page_events=12,
    behind_events=10**6,
    blocked_seconds=3600.0,
    hello_seconds=3600.0,
    write_bytes=4096,
    part_bytes=4096,
    message_burst=10**6,
    sockets_per_person=10**6,
)

Letter = tuple[str, bytes]


class LyingBroker(MemoryBroker):
    """Tells its own process at once; what others are told lies in their boxes for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.others: list[deque[Letter]] = []
        self.dumb = False  # the process dies between the commit and the bell

    async def publish(self, *publications: Publication) -> None:
        if self.dumb:
            return
        await super().publish(*publications)
        for box in self.others:
            box.extend((one.channel, letter(SENDER, one)) for one in publications)


class Process:
    """A web process as far as the live side goes, with a box of letters that others sent it."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self.database = database
        self.limits = limits
        self.box: deque[Letter] = deque(maxlen=200)
        self.broker = LyingBroker()
        self.perform, self.read = Perform(database, self.broker), Read(database)
        self.life: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.broker.ears.clear()
        self.broker.dumb = False
        self.hub = Hub(
            LiveBook(self.read, self.perform, Links(Settings(secret_key="k" * 32))),
            LiveProjection(),
            Doorkeeper(Recognition(self.read), Settings()),
            self.broker,
            build="b1",
            limits=self.limits,
        )
        begun = asyncio.Event()
        self.life = asyncio.create_task(self.live(begun))
        await begun.wait()

    async def live(self, begun: asyncio.Event) -> None:
        async with self.hub.running():
            begun.set()
            await asyncio.Event().wait()

    async def die(self) -> None:
        """Nothing is said to anybody any more; letters to it are lost."""
        assert self.life
        self.life.cancel()
        await asyncio.wait([self.life])
        self.box.clear()

    def hear(self, times: int = 1, *, at: int = 0) -> None:
        """A letter arrives, so often; or none, and it is lost."""
        if not self.box:
            return
        self.box.rotate(-at)
        channel, content = self.box.popleft()
        self.box.rotate(at)
        for _ in range(times):
            news = opened(channel, content[len(SENDER) :])
            if isinstance(news, Publication):
                tell(self.broker.ears, [news])
            else:
                for ears in self.broker.ears:
                    ears.rumour(*news)


@asynccontextmanager
async def processes(*databases: Database, limits: Limits = QUICK) -> AsyncIterator[list[Process]]:
    """Running processes that write to each other; they have died when this is left."""
    made = [Process(database, limits) for database in databases]
    for process in made:
        process.broker.others = [other.box for other in made if other is not process]
        await process.start()
    try:
        yield made
    finally:
        for process in made:
            await process.die()
