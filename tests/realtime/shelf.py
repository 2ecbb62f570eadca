"""The book in memory: it counts what it is asked, and can be made to fail or to hang."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from server.events import Head, Heads, Publication
from tests.realtime.patience import eventually

BAR: Final = "location:7"


SHOP: Final = "location:8"


SECRET: Final = "maria@example.org"


@dataclass
class Stream:
    """One channel of the book."""

    epoch: str = "e1"
    floor: int = 0
    organization: int = 1
    events: list[Publication] = field(default_factory=list)

    @property
    def head(self) -> int:
        return self.events[-1].offset if self.events else self.floor


@dataclass
class Still:
    """A snapshot."""

    epoch: str
    offset: int
    orders: list[bytes]
    counts: bytes


@dataclass
class Purchase:
    """What a customer's link opens."""

    order: str
    channel: str = BAR
    version: int = 1
    card: bytes = b"{}"
    until: float | None = None


class Shelf:
    """The book in memory. It counts what it is asked, and can be made to fail or to hang."""

    def __init__(self, *channels: str) -> None:
        self.streams = {name: Stream() for name in channels or (BAR, SHOP)}
        self.access = {1: 1}
        self.purchases: dict[str, Purchase] = {}
        self.asked: Counter[str] = Counter()
        self.failing = False
        self.open = asyncio.Event()
        self.open.set()
        self.regressions: list[tuple[str, int, int]] = []
        self.reading: Callable[[str], None] = lambda _: None

    def write(self, channel: str = BAR, order: int | None = None, **more: Any) -> Publication:
        """Commit an event: the next offset, one whole order."""
        stream = self.streams[channel]
        offset = stream.head + 1
        thing = {"id": f"ord_{order or offset}", "version": offset, "email": SECRET, **more}
        publication = Publication(
            channel=channel,
            offset=offset,
            epoch=stream.epoch,
            kind="order.advanced",
            at="2026-11-22T21:05:03.123+00:00",
            by=b'{"name":"Ana","device":null}',
            key="order",
            thing=orjson.dumps(thing),
            counts=orjson.dumps({"pending": offset}),
        )
        stream.events.append(publication)
        return publication

    def forget(self, upto: int, channel: str = BAR) -> None:
        """Move the floor."""
        stream = self.streams[channel]
        stream.floor = upto
        stream.events = [event for event in stream.events if event.offset > upto]

    def restore(self, upto: int, *, epoch: str, channel: str = BAR) -> None:
        """Go back to an older state of the channel."""
        stream = self.streams[channel]
        stream.events = [event for event in stream.events if event.offset <= upto]
        stream.epoch = epoch

    async def answers(self, question: str) -> None:
        self.asked[question] += 1
        await asyncio.sleep(0)  # a database is never asked without others running meanwhile
        await self.open.wait()
        if self.failing:
            raise ConnectionError("the database is away")

    async def since(self, channel: str, offset: int, limit: int) -> Sequence[Publication]:
        await self.answers("since")
        later = [event for event in self.streams[channel].events if event.offset > offset]
        found = [replace(event, epoch=self.streams[channel].epoch) for event in later[:limit]]
        self.reading("since")
        return found

    async def heads(self, channels: Sequence[str]) -> Heads:
        await self.answers("heads")
        known = {name: self.streams[name] for name in channels if name in self.streams}
        found = {name: Head(one.head, one.epoch, one.floor) for name, one in known.items()}
        access = {one.organization: self.access[one.organization] for one in known.values()}
        self.reading("heads")
        return Heads(found, access)

    async def snapshot(self, channel: str) -> Still:
        await self.answers("snapshot")
        stream = self.streams[channel]
        latest = {orjson.loads(event.thing)["id"]: event.thing for event in stream.events}
        still = Still(stream.epoch, stream.head, list(latest.values()), b'{"pending":1}')
        self.reading("snapshot")
        return still

    async def opened(self, tokens: Sequence[str]) -> Mapping[str, Purchase]:
        await self.answers("opened")
        return {token: self.purchases[token] for token in tokens if token in self.purchases}

    async def regressed(self, channel: str, seen: int, head: int) -> None:
        await self.answers("regressed")
        self.regressions.append((channel, seen, head))
        self.streams[channel].epoch += "+"


async def asked(shelf: Shelf, question: str, times: int) -> None:
    """Wait until the book was asked so often."""
    await eventually(lambda: shelf.asked[question] >= times)


def shelf_with(events: int, *, floor: int = 0) -> Shelf:
    shelf = Shelf()
    for _ in range(events):
        shelf.write()
    shelf.forget(floor)
    return shelf


async def refuse(*_: object) -> None:
    """A database that is away."""
    raise ConnectionError("the database is away")
