"""All channels and sockets of one process, and what keeps them true."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from server.events import Audience, Publication
from server.realtime.book import NOBODY, Book, Doorkeeper, Grant, Projection
from server.realtime.broker import Broker
from server.realtime.channel import Channel
from server.realtime.connection import Connection
from server.realtime.counts import Counts
from server.realtime.customers import Customers
from server.realtime.follower import Follower
from server.realtime.limits import Limits
from server.realtime.lookout import Lookout
from server.realtime.protocol import ORDER, REASONS, Close, Subscribe
from server.realtime.pulse import Pulse
from server.realtime.rights import Rights
from server.realtime.tick import Tick
from server.realtime.wire import Deaf, Wire

T = TypeVar("T")

log = logging.getLogger(__name__)


class Hub:
    """Where publications come in and sockets are served."""

    def __init__(
        self,
        book: Book,
        projection: Projection,
        doorkeeper: Doorkeeper,
        broker: Broker,
        *,
        build: str = "",
        limits: Limits | None = None,
    ) -> None:
        self.book = book
        self.projection = projection
        self.doorkeeper = doorkeeper
        self.broker = broker
        self.build = build
        self.limits = limits or Limits()
        self.clock = time.monotonic
        self.counts = Counts()
        self.channels: dict[str, Channel] = {}
        self.connections: dict[Connection, None] = {}
        self.persons: Counter[str] = Counter()
        self.by_organization: dict[int, dict[Connection, None]] = {}
        self.blocked: dict[Connection, None] = {}  # sockets that did not take all
        self.silent: dict[Connection, float] = {}  # sockets that follow nothing, and since when
        self.customers = Customers(self)
        self.lookout = Lookout(self)
        self.rights = Rights(self)
        self.pulse = Pulse(self)
        self.tick = Tick()
        self.tasks = asyncio.TaskGroup()
        self.working: set[asyncio.Task[None]] = set()
        self.stopping = False
        broker.attach(self)

    # its life

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch the database and serve sockets until left; then say goodbye to all."""
        async with self.tasks:
            for work in (self.lookout, self.rights, self.pulse, self.tick):
                self.spawn(work.run())
            try:
                yield
            finally:
                self.stop()

    def stop(self) -> None:
        """Close every socket; whoever comes now is sent away as well."""
        self.stopping = True
        for connection in list(self.connections):
            connection.close(Close.MOVING)
        for name in list(self.channels):
            self.forget(name)
        for task in self.working:
            task.cancel()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Work that ends with the hub, if not before; none begins once it stops."""
        if self.stopping:
            work.close()
            return
        task = self.tasks.create_task(work)
        self.working.add(task)
        task.add_done_callback(self.working.discard)

    async def patient(self, answer: Awaitable[T]) -> T:
        """An answer of the database, or TimeoutError."""
        async with asyncio.timeout(self.limits.patience_seconds):
            return await answer

    # sockets

    def connect(self, grant: Grant | None, wire: Wire) -> Connection | Deaf:
        """A socket was accepted; if it may not stay, it is closed at once."""
        if grant is None:
            return self.turn_away(wire, Close.SIGNED_OUT)
        if self.stopping:
            return self.turn_away(wire, Close.MOVING)
        if self.crowded(grant):
            return self.turn_away(wire, Close.TRY_LATER)
        connection = Connection(self, grant, wire)
        self.connections[connection] = None
        self.persons[grant.person] += 1
        self.by_organization.setdefault(grant.organization, {})[connection] = None
        self.silent[connection] = self.clock()
        self.pulse.join(connection)
        self.rights.compare(connection)
        return connection

    def turn_away(self, wire: Wire, code: Close) -> Deaf:
        wire.close(code, REASONS[code])
        return Deaf()

    def crowded(self, grant: Grant) -> bool:
        limits = self.limits
        most = limits.sockets_of_customers if grant is NOBODY else limits.sockets_per_person
        return (
            len(self.connections) >= limits.sockets_per_process
            or self.persons[grant.person] >= most
        )

    def leave(self, connection: Connection) -> None:
        """The socket is gone."""
        grant = connection.grant
        self.connections.pop(connection)
        self.persons[grant.person] -= 1
        if not self.persons[grant.person]:
            del self.persons[grant.person]
        colleagues = self.by_organization[grant.organization]
        colleagues.pop(connection)
        if not colleagues:
            del self.by_organization[grant.organization]
        self.silent.pop(connection, None)
        self.blocked.pop(connection, None)
        self.rights.doubted.pop(connection, None)
        self.pulse.leave(connection)

    @property
    def audiences(self) -> Counter[str]:
        """How many sockets follow as which audience."""
        followers = (f for channel in self.channels.values() for f in channel.everyone())
        found = Counter(follower.audience.value for follower in followers)
        found[Audience.BUYER.value] += len(self.customers.here)
        return found

    # channels

    def subscribe(self, connection: Connection, asked: Subscribe) -> None:
        """Let a socket follow a channel, if it may and there is room."""
        name = asked.subscribe
        if asked.build and asked.build != self.build:
            connection.refuse(Close.RELOAD, "reload")
        elif name.startswith(ORDER):
            self.customers.welcome(connection, asked)
        elif connection.grant is NOBODY:
            connection.close(Close.SIGNED_OUT)
        elif asked.audience is Audience.BUYER or not connection.grant.may_watch(
            name, asked.audience
        ):
            connection.close(Close.NOT_YOURS)
        elif self.full(connection, name):
            connection.refuse(Close.TRY_LATER, "too_many_sockets")
        else:
            channel = self.channels.get(name) or self.open(name)
            follower = Follower(connection, channel, asked.audience, asked.since, asked.epoch)
            connection.follow(follower)
            channel.usher.welcome(follower)

    def full(self, connection: Connection, name: str) -> bool:
        channel = self.channels.get(name)
        if channel is None or name in connection.followers:
            return False
        return channel.sockets >= self.limits.sockets_per_channel

    def open(self, name: str) -> Channel:
        channel = self.channels[name] = Channel(name, self)
        self.broker.watch(name)
        return channel

    def forget(self, name: str) -> None:
        self.channels.pop(name, None)
        self.broker.unwatch(name)

    def tidy(self) -> None:
        """Forget channels that nobody came back to, and snapshots that nobody asks for any more."""
        now = self.clock()
        for name, channel in list(self.channels.items()):
            channel.usher.tidy(now)
            if channel.deserted and now - channel.left_at > self.limits.linger_seconds:
                self.forget(name)

    # what the bell tells

    def receive(self, publication: Publication) -> None:
        """An event was committed, here or in another process."""
        if channel := self.channels.get(publication.channel):
            channel.receive(publication)

    def rumour(self, name: str, epoch: str, offset: int) -> None:
        """A channel is said to go this far."""
        if channel := self.channels.get(name):
            channel.rumour(epoch, offset)

    def doubt(self) -> None:
        """Everything may have been missed: look at the database now."""
        self.lookout.wake()

    def regressed(self, name: str, seen: int, head: int) -> None:
        """The database has forgotten events that were already shown."""
        self.counts.regressions += 1
        log.error("%s: the book ends at %d, but %d was already seen", name, head, seen)
        self.spawn(self.report(name, seen, head))

    async def report(self, name: str, seen: int, head: int) -> None:
        try:
            await self.patient(self.book.regressed(name, seen, head))
        except Exception:
            log.exception("Could not report that %s has regressed", name)
        self.doubt()
