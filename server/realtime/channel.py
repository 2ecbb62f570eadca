"""A channel as this process knows it: the last events, who follows, and how a gap is healed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from server.events import Audience, Head, Publication
from server.realtime.customers import Customer
from server.realtime.early import Early
from server.realtime.follower import Follower
from server.realtime.protocol import Close
from server.realtime.ring import Ring
from server.realtime.stand import Stand
from server.realtime.usher import Usher

if TYPE_CHECKING:
    from server.realtime.hub import Hub

JOINED_BYTES: Final = 8 * 1024  # copying more costs as much as a second write
FULL: Final = 128  # events in one write: waiting for more makes it no cheaper
FLUSH_REST: Final = 3  # times what the last flush took, but a window from one to the next is enough

UNKNOWN: Final = ""  # the epoch of a channel nobody has asked the database about

log = logging.getLogger(__name__)


class Channel:
    """Takes every event once and in order, and writes to every follower what it lacks.

    The epoch and the head of the ring are only ever set by a look at the database (`looked`);
    bells move the head on by one, or tell that there is something to read.
    """

    def __init__(self, name: str, hub: Hub) -> None:
        self.name = name
        self.hub = hub
        self.limits = hub.limits
        self.ring = Ring(UNKNOWN, 0, self.limits.ring_events)
        self.floor = 0  # the last offset that the book has forgotten
        self.book_head = 0  # as of the last look at the database
        self.stands: dict[Audience, Stand] = {}
        self.usher = Usher(self)
        self.customers: dict[str, dict[Customer, None]] = {}  # by their order
        self.wanted = 0  # the furthest offset known to be in the book
        self.healing = False
        self.early = Early(self.limits.grace_seconds, self.missing)
        self.flushing: asyncio.Handle | None = None
        self.flushed = 0
        self.rests_until = 0.0
        self.left_at = 0.0  # when the last follower left

    @property
    def known(self) -> bool:
        """Whether the database was asked where the channel stands."""
        return self.ring.epoch != UNKNOWN

    @property
    def sockets(self) -> int:
        return sum(len(stand.followers) for stand in self.stands.values()) + len(self.usher.waiting)

    @property
    def deserted(self) -> bool:
        """Whether nobody is here at all."""
        return not (self.sockets or self.customers)

    # what comes in

    def receive(self, publication: Publication) -> None:
        """An event by the bell: the next is delivered, a gap is read first, an old one dropped."""
        if self.ring.follows(publication):
            self.append(publication)
            while following := self.early.next(self.ring):
                self.append(following)
        elif self.healing or not self.early.keep(publication, self.ring):
            self.rumour(publication.epoch, publication.offset)

    def rumour(self, epoch: str, offset: int) -> None:
        """Somebody says that the book goes this far."""
        if epoch != self.ring.epoch or offset > self.ring.head + self.limits.page_events:
            self.hub.doubt()  # only the database tells a new epoch from an old bell
        elif offset > self.ring.head:
            self.want(offset)

    def missing(self, offset: int) -> None:
        """Events up to here were expected, and those before them have not come."""
        if offset > self.ring.head:
            self.want(offset)

    def looked(self, found: Head, seen: int) -> None:
        """What a look at the database says; `seen` was our head when the look began."""
        self.floor = found.floor
        self.book_head = found.offset
        if found.epoch != self.ring.epoch:
            if self.known:  # a backup was put back, and with it what people were allowed then
                self.hub.rights.doubt(follower.connection for follower in self.everyone())
            self.restart(found)
        elif found.offset < seen:
            self.hub.regressed(self.name, seen, found.offset)
            self.restart(found)
        elif found.offset > self.ring.head + self.limits.page_events:
            self.restart(found)
        elif found.offset > self.ring.head:
            self.want(found.offset)

    def lost(self) -> None:
        """The database knows no such channel."""
        self.hub.forget(self.name)
        for follower in self.everyone():
            follower.connection.close(Close.NOT_YOURS)
        self.hub.customers.restart(self)

    # the ring

    def append(self, publication: Publication) -> None:
        self.ring.append(publication)
        for stand in self.stands.values():
            stand.appended()
        self.hub.counts.events += 1
        if self.customers:
            self.hub.customers.heard(self, publication)
        unsent = self.ring.head - self.flushed
        if unsent >= min(FULL, self.ring.size // 2):  # before the ring pushes any of it out
            self.flush()
        elif self.flushing is None:
            self.schedule()

    def extend(self, publications: Sequence[Publication]) -> None:
        """Take what was read from the book, as far as it is new."""
        for publication in publications:
            if self.ring.follows(publication):
                self.append(publication)

    def want(self, offset: int) -> None:
        """There is something to read: one reader at a time does it for all."""
        self.wanted = max(self.wanted, offset)
        if not self.healing:
            self.healing = True
            self.hub.counts.gaps += 1
            self.hub.spawn(self.heal())

    async def heal(self) -> None:
        """Read the book up to the furthest offset we know of."""
        try:
            while self.wanted > self.ring.head:
                await self.read(self.ring)
        except Exception:  # the next look at the database finds the same gap
            log.exception("Could not read %s from the book", self.name)
        finally:
            self.healing = False

    async def read(self, ring: Ring) -> None:
        start = ring.head
        reading = self.hub.book.since(self.name, start, self.limits.page_events)
        missed = await self.hub.patient(reading)
        if ring is self.ring:
            self.extend(missed)
            if ring.head == start:  # the bell lied, or spoke of another epoch
                self.wanted = start
                self.hub.doubt()

    def restart(self, found: Head) -> None:
        """Another numbering, or too far to catch up event by event: everybody takes a snapshot."""
        self.hub.counts.restarts += self.known
        self.ring = Ring(found.epoch, found.offset, self.limits.ring_events)
        self.wanted = self.flushed = found.offset
        self.usher.restart()
        self.hub.customers.restart(self)
        followers = [follower for stand in self.stands.values() for follower in stand.followers]
        for stand in self.stands.values():
            stand.reset(self.ring)
            stand.followers.clear()
        for follower in followers:
            follower.restart(found.offset)
            self.usher.welcome(follower)

    # who follows

    def everyone(self) -> list[Follower]:
        seated = [follower for stand in self.stands.values() for follower in stand.followers]
        return [*seated, *self.usher.waiting]

    def seat(self, follower: Follower, cursor: int, parts: Sequence[bytes] = ()) -> None:
        """From here on the follower is sent everything after its cursor."""
        follower.cursor = cursor
        follower.parts = parts
        follower.seated = True
        if not follower.welcomed:
            follower.welcomed = True
            self.welcome(follower)
        stand = self.stand(follower.audience)
        stand.followers[follower] = None
        self.send(stand, follower)

    def welcome(self, follower: Follower) -> None:
        """Say that the subscription stands, in one write with a snapshot that is small."""
        offset = max(follower.cursor, self.ring.head)
        answer = follower.connection.subscribed(self.name, self.ring.epoch, offset)
        if follower.parts and len(follower.parts[0]) <= JOINED_BYTES:
            follower.parts = (answer + follower.parts[0], *follower.parts[1:])
        else:
            follower.connection.wire.write(answer)

    def resume(self, follower: Follower) -> None:
        """The follower's socket takes data again."""
        self.send(self.stands[follower.audience], follower)

    def stand(self, audience: Audience) -> Stand:
        if audience not in self.stands:
            project = self.hub.projection.event
            self.stands[audience] = Stand(self.name, audience, project, self.ring, self.limits)
        return self.stands[audience]

    def leave(self, follower: Follower) -> None:
        self.usher.waiting.pop(follower, None)
        stand = self.stands.get(follower.audience)
        if stand:
            stand.followers.pop(follower, None)
            if not stand.followers:
                del self.stands[follower.audience]
        self.left_at = self.hub.clock()

    def let_go(self, customer: Customer) -> None:
        """A customer's socket is gone, or their order is."""
        mates = self.customers.get(customer.order, {})
        mates.pop(customer, None)
        if not mates:
            self.customers.pop(customer.order, None)
        self.left_at = self.hub.clock()

    # what goes out

    def schedule(self) -> None:
        """Flush at once if the channel has rested; else when it has, with what comes meanwhile."""
        loop = asyncio.get_running_loop()
        wait = self.rests_until - self.hub.clock()
        if wait > 0:
            self.flushing = loop.call_later(wait, self.flush)
        else:
            self.flushing = loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write to every follower what it lacks: one write of ready frames each."""
        if self.flushing:
            self.flushing.cancel()
            self.flushing = None
        started = self.hub.clock()
        self.flushed = self.ring.head
        for stand in list(self.stands.values()):
            for follower in list(stand.followers):
                self.send(stand, follower)
        ended = self.hub.clock()
        spent, window = ended - started, self.limits.window_seconds
        rest = max(min(FLUSH_REST * spent, window - spent), min(spent / 4, window))
        self.rests_until = ended + rest

    def send(self, stand: Stand, follower: Follower) -> None:
        """Write to one follower; what cannot be shown must not pass in silence."""
        connection = follower.connection
        if follower.cursor + 1 < stand.ring.first:
            self.hub.counts.slow_closes += 1
            connection.close(Close.TOO_SLOW)
            return
        try:
            self.hub.counts.deliveries += stand.send(follower)
        except Exception:
            log.exception("Could not show %s to %s", self.name, follower.audience)
            connection.close(Close.BROKEN)
        if not connection.wire.ready and not connection.closed:
            self.hub.blocked[connection] = None
