"""Brings those who subscribe to their place, by as few questions to the database as will do."""

from __future__ import annotations

import asyncio
import logging
import time
from enum import Enum, auto
from itertools import islice
from typing import TYPE_CHECKING, Final

from server.events import Audience
from server.realtime import frames
from server.realtime.book import Snapshot
from server.realtime.follower import NOWHERE, Follower
from server.realtime.protocol import SEES_COUNTS

if TYPE_CHECKING:
    from server.realtime.channel import Channel

PICTURE_SECONDS: Final = 5.0
SEATED_AT_ONCE: Final = 64  # a storm of thousands must not hold up everybody else

log = logging.getLogger(__name__)


class Need(Enum):
    """What it takes to give somebody a place."""

    NOTHING = auto()
    LOOK = auto()
    OLDER = auto()
    SNAPSHOT = auto()


class Picture:
    """A snapshot of the channel, encoded once for each audience."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.epoch = snapshot.epoch
        self.offset = snapshot.offset
        self.snapshot = snapshot
        self.parts: dict[Audience, list[bytes]] = {}
        self.painted_at = time.monotonic()


class Usher:
    """The waiting room of a channel: one look, one read or one snapshot serves all who wait."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.waiting: dict[Follower, None] = {}
        self.working = False
        self.picture: Picture | None = None

    def welcome(self, follower: Follower) -> None:
        """Give a place at once if nothing has to be asked for it."""
        if self.seat(follower):
            return
        self.waiting[follower] = None
        if not self.working:
            self.working = True
            self.channel.hub.spawn(self.work())

    async def work(self) -> None:
        while self.waiting:
            try:
                await self.fetch()
                await self.seat_everybody()
            except Exception:
                log.exception("Nobody can be given a place in %s yet", self.channel.name)
                await self.rest()
        self.working = False

    async def seat_everybody(self) -> None:
        still_waiting = iter(list(self.waiting))
        while some := list(islice(still_waiting, SEATED_AT_ONCE)):
            for follower in some:
                if follower in self.waiting and self.seat(follower):
                    self.waiting.pop(follower, None)
            await asyncio.sleep(0)

    def seat(self, follower: Follower) -> bool:
        need = self.need(follower)
        if need is Need.NOTHING:
            self.channel.hub.counts.resumes += 1
            self.channel.seat(follower, follower.since)
            return True
        picture = self.picture
        if need is Need.SNAPSHOT and picture and self.shows(picture, follower):
            parts = picture.parts.get(follower.audience)
            if parts:
                self.channel.hub.counts.snapshots += 1
                self.channel.seat(follower, picture.offset, parts)
                return True
        return False

    def need(self, follower: Follower) -> Need:
        """The resume decision."""
        ring, channel, since = self.channel.ring, self.channel, follower.since
        if not channel.known:
            return Need.LOOK
        if since == NOWHERE or follower.epoch is None:
            return Need.SNAPSHOT
        head = max(ring.head, channel.book_head)
        if follower.epoch != ring.epoch or since > head:
            return Need.SNAPSHOT if follower.looked else Need.LOOK
        if since < max(channel.floor, head - channel.limits.page_events):
            return Need.SNAPSHOT
        return Need.NOTHING if since >= ring.first - 1 else Need.OLDER

    def shows(self, picture: Picture, follower: Follower) -> bool:
        """Whether a picture is as new as the follower's question, and the ring goes on from it."""
        ring = self.channel.ring
        return picture.epoch == ring.epoch and picture.offset >= max(follower.asked, ring.first - 1)

    async def fetch(self) -> None:
        """One question of each kind that somebody needs answered."""
        if Need.LOOK in self.needs:
            await self.look()
        if Need.OLDER in self.needs:
            await self.read_older()
        if Need.SNAPSHOT in self.needs:
            await self.paint()

    @property
    def needs(self) -> set[Need]:
        return {self.need(follower) for follower in self.waiting}

    async def look(self) -> None:
        """Ask the database where the channel stands; if nowhere, the lookout closes all of us."""
        asking = list(self.waiting)
        await self.channel.hub.lookout.fresh()
        for follower in asking:
            follower.looked = True

    async def read_older(self) -> None:
        """Fill the ring backwards as far as anybody may resume from."""
        channel, ring = self.channel, self.channel.ring
        page = channel.limits.page_events
        start = max(ring.head - page, channel.floor)
        older = await channel.hub.patient(channel.hub.book.since(channel.name, start, page))
        if ring is channel.ring:
            ring.prepend(older)
            if ring.first > start + 1:  # the book has forgotten more than we knew
                channel.floor = ring.first - 1

    async def paint(self) -> None:
        """One snapshot for all who wait for one, encoded once for each audience."""
        channel, ring = self.channel, self.channel.ring
        picture = self.picture
        if not picture or not any(self.shows(picture, follower) for follower in self.waiting):
            picture = Picture(await channel.hub.patient(channel.hub.book.snapshot(channel.name)))
        if ring is not channel.ring:
            return
        shown = {follower.audience for follower in self.waiting if self.shows(picture, follower)}
        if self.waiting and not shown:  # the book contradicts itself; it may be busy being restored
            channel.hub.doubt()
            await self.rest()
            return
        for audience in shown - picture.parts.keys():
            picture.parts[audience] = self.drawn(picture, audience)
        self.picture = picture
        channel.rumour(picture.epoch, picture.offset)

    def drawn(self, picture: Picture, audience: Audience) -> list[bytes]:
        """The parts of a picture as finished frames."""
        channel, snapshot = self.channel, picture.snapshot
        card = channel.hub.projection.card
        return frames.snapshot(
            channel.name,
            picture.epoch,
            picture.offset,
            [card(audience, order) for order in snapshot.orders],
            snapshot.counts if audience in SEES_COUNTS else None,
            channel.limits.part_bytes,
        )

    def restart(self) -> None:
        """Another numbering: what was asked and what was read before means nothing in it."""
        self.picture = None
        for follower in self.waiting:
            follower.asked = self.channel.ring.head

    def tidy(self, now: float) -> None:
        """A picture is large; keep it no longer than a storm of subscribers may last."""
        if self.picture and now - self.picture.painted_at > PICTURE_SECONDS:
            self.picture = None

    async def rest(self) -> None:
        await asyncio.sleep(self.channel.limits.look_seconds)
