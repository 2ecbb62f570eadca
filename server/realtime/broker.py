"""Between processes: the bell that an event was committed. A hint; the book is the truth."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from server.events import Publication

log = logging.getLogger(__name__)


class Ears(Protocol):
    """Who wants to know what was committed: the hub of this process."""

    def receive(self, publication: Publication) -> None: ...
    def rumour(self, name: str, epoch: str, offset: int) -> None: ...
    def doubt(self) -> None: ...


class Bell:
    """Lets readers of the whole book wait for the next event, anywhere."""

    def __init__(self) -> None:
        self.rings = 0
        self.rung = asyncio.Event()

    def ring(self) -> None:
        self.rings += 1
        self.rung.set()

    async def wait(self, heard: int, seconds: float) -> int:
        """How often it rang: at once if not `heard` times, else at the next ring or time-out."""
        try:
            async with asyncio.timeout(seconds):
                while self.rings == heard:
                    self.rung.clear()
                    await self.rung.wait()
        except TimeoutError:
            pass
        return self.rings


@dataclass(slots=True)
class Letters:
    """What passed between this process and the others."""

    sent: int = 0
    heard: int = 0
    dropped: int = 0  # while Redis was away or slow: the book has them


class Broker(Protocol):
    """What `perform`, the hub and the followers of the book need of a broker."""

    bell: Bell
    letters: Letters

    def running(self) -> AbstractAsyncContextManager[None]:
        """Connect, and stay connected as well as may be, until left."""

    def attach(self, ears: Ears) -> None:
        """Tell this hub whatever is heard."""

    def watch(self, channel: str) -> None:
        """Somebody here follows the channel from now on."""

    def unwatch(self, channel: str) -> None:
        """Nobody here follows the channel any more."""

    async def publish(self, *publications: Publication) -> None:
        """Tell what was committed: this process at once, the others soon. Never raises."""

    def silences(self) -> Mapping[str, float]:
        """For how many seconds the bell of each link has not been heard."""


class MemoryBroker:
    """For a house of one process."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.letters = Letters()
        self.ears: list[Ears] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield

    def attach(self, ears: Ears) -> None:
        self.ears.append(ears)

    def watch(self, channel: str) -> None:
        """Everything is heard anyway."""

    def unwatch(self, channel: str) -> None:
        """Everything is heard anyway."""

    async def publish(self, *publications: Publication) -> None:
        tell(self.ears, publications)
        self.bell.ring()

    def silences(self) -> Mapping[str, float]:
        return {}


def tell(everybody: Iterable[Ears], publications: Iterable[Publication]) -> None:
    """Hand on what was committed; a fault of whoever hears it is not the command's."""
    for publication in publications:
        for ears in everybody:
            try:
                ears.receive(publication)
            except Exception:
                log.exception("Could not hear %s %d", publication.channel, publication.offset)
