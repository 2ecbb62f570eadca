"""A small house for the hub: a book in memory that can fail, sockets that can stall, and a guest list."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from server.events import Audience, Head, Heads, Publication
from server.realtime import frames
from server.realtime.book import Grant
from server.realtime.broker import Broker, MemoryBroker
from server.realtime.connection import Connection
from server.realtime.hub import Hub
from server.realtime.limits import Limits
from server.realtime.wire import nobody

BAR: Final = "location:7"
SHOP: Final = "location:8"
SECRET: Final = "maria@example.org"
PATIENCE: Final = 10.0  # for a test that would otherwise hang
QUICK: Final = Limits(look_seconds=0.05, head_seconds=0.25, hello_seconds=0.5, stale_seconds=0.15)
BLIND: Final = replace(QUICK, look_seconds=3600.0)  # never looks at the database by itself


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


class Shelf:
    """The book in memory. It counts what it is asked, and can be made to fail or to hang."""

    def __init__(self, *channels: str) -> None:
        self.streams = {name: Stream() for name in channels or (BAR, SHOP)}
        self.access = {1: 1}
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

    async def regressed(self, channel: str, seen: int, head: int) -> None:
        await self.answers("regressed")
        self.regressions.append((channel, seen, head))
        self.streams[channel].epoch += "+"


class Views:
    """Displays see no e-mail; pick-up screens see no order that is for staff only."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()

    def event(self, audience: Audience, publication: Publication) -> bytes | None:
        self.made[audience] += 1
        thing = orjson.loads(publication.thing)
        if thing.get("broken") and audience is Audience.DISPLAY:
            raise ValueError("no display can show this")
        if thing.get("staff_only") and audience is Audience.PICKUP:
            return None
        return self.card(audience, publication.thing)

    def card(self, audience: Audience, card: bytes) -> bytes:
        if audience is Audience.STAFF:
            return card
        thing = orjson.loads(card)
        del thing["email"]
        return orjson.dumps(thing)


@dataclass(frozen=True)
class Pass:
    """A grant."""

    person: str = "ana"
    organization: int = 1
    access_version: int = 1
    expires_at: float | None = None
    channels: frozenset[str] = frozenset({BAR, SHOP, "location:404"})

    def may_watch(self, channel: str, audience: Audience) -> bool:
        return channel in self.channels

    def rights(self, channel: str) -> Sequence[str]:
        return ["orders.read", "orders.move"]


class Door:
    """Knows everybody by the passes it was given."""

    def __init__(self) -> None:
        self.passes: dict[str, Pass | None] = {}
        self.failing = False
        self.rechecked = 0
        self.uses: list[Grant] = []

    async def admit(self, scope: Mapping[str, Any]) -> Grant | None:
        headers = dict(scope["headers"])
        name = headers.get(b"cookie", headers.get(b"authorization", b"")).decode()
        return self.passes.get(name)

    async def recheck(self, grant: Grant) -> Grant | None:
        self.rechecked += 1
        if self.failing:
            raise ConnectionError("the database is away")
        return self.passes.get(grant.person)

    def used(self, grant: Grant) -> None:
        self.uses.append(grant)


class FakeSocket:
    """A wire that keeps what is written; it can stall, and it can be gone."""

    def __init__(self) -> None:
        self.ready = True
        self.blocked_at = 0.0
        self.resumed: Callable[[], None] = nobody
        self.messages: list[dict[str, Any]] = []
        self.writes = 0
        self.bytes = 0
        self.code: int | None = None
        self.room: int | None = None
        self.stirred = asyncio.Event()

    def write(self, run: bytes) -> None:
        assert self.code is None
        self.writes += 1
        self.bytes += len(run)
        self.messages += [orjson.loads(text) for text in frames.texts(run)]
        self.stirred.set()
        if self.room is not None and self.bytes >= self.room:
            self.stall()

    def close(self, code: int, reason: str) -> None:
        assert self.code is None
        assert reason
        self.code = int(code)
        self.ready = False
        self.stirred.set()

    def stall(self) -> None:
        self.ready = False
        self.blocked_at = time.monotonic()

    def recover(self) -> None:
        self.ready = True
        self.room = None
        self.resumed()

    def only(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if kind in message]

    @property
    def offsets(self) -> list[int]:
        return [message["offset"] for message in self.only("event")]

    async def until(self, condition: Callable[[FakeSocket], object]) -> None:
        """Wait for what is written or closed, not for time to pass."""
        async with asyncio.timeout(PATIENCE):
            while not condition(self):
                self.stirred.clear()
                await self.stirred.wait()


class House:
    """One hub with everything it is handed."""

    def __init__(self, shelf: Shelf, broker: Broker, limits: Limits) -> None:
        self.shelf = shelf
        self.broker = broker
        self.views = Views()
        self.door = Door()
        self.hub = Hub(shelf, self.views, self.door, broker, build="b1", limits=limits)

    def connect(self, grant: Pass | None = None) -> tuple[Connection, FakeSocket]:
        socket = FakeSocket()
        connection = self.hub.connect(grant or Pass(), socket)
        assert isinstance(connection, Connection)
        return connection, socket

    def say(self, connection: Connection, message: Any) -> None:
        connection.heard(orjson.dumps(message).decode())

    async def board(
        self, channel: str = BAR, grant: Pass | None = None, **more: Any
    ) -> tuple[Connection, FakeSocket]:
        """A socket that follows a channel and has what it asked for."""
        connection, socket = self.connect(grant)
        self.say(connection, {"subscribe": channel, **more})
        await socket.until(lambda s: s.only("subscribed") and settled(s))
        return connection, socket

    async def place(self, channel: str = BAR, **more: Any) -> Publication:
        """Commit and ring."""
        publication = self.shelf.write(channel, **more)
        await self.broker.publish(publication)
        return publication


async def asked(shelf: Shelf, question: str, times: int) -> None:
    """Wait until the book was asked so often."""
    async with asyncio.timeout(PATIENCE):
        while shelf.asked[question] < times:
            await asyncio.sleep(0)


def settled(socket: FakeSocket) -> bool:
    """Whether the snapshot, if there is one, is complete."""
    parts = socket.only("snapshot")
    return not parts or parts[-1]["part"] == parts[-1]["of"]


@asynccontextmanager
async def house(
    limits: Limits = QUICK, shelf: Shelf | None = None, broker: Broker | None = None
) -> AsyncIterator[House]:
    """A house whose hub is at work."""
    made = House(shelf or Shelf(), broker or MemoryBroker(), limits)
    async with made.hub.running():
        yield made
