"""The truth that lamps are held against: where the book stood, and when."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Final, NamedTuple

import orjson
from sqlalchemy import delete, select, update

from server.db import Database
from server.events import Publication, new_epoch
from server.models import Channel, Event, table
from server.orders import intake, lifecycle
from server.orders.forms import MoveForm
from server.perform import Perform
from server.realtime.broker import MemoryBroker
from tests.cast import Cast, wish
from tests.lamp.panel import Look

EVERY_SECONDS: Final = 0.4
LATE_SECONDS: Final = 15.0
"""A lamp lies that says Live when the head of so long ago is beyond what is shown."""

CHANNELS: Final = table(Channel)
EVENTS: Final = table(Event)


class Mark(NamedTuple):
    """Where the book stood from a moment on."""

    at: float  # seconds since 1970
    epoch: str
    offset: int


class Book(MemoryBroker):
    """Writes without ever ringing the bell, and remembers when it stood where."""

    def __init__(self, database: Database, cast: Cast) -> None:
        super().__init__()
        self.database = database
        self.cast = cast
        self.perform = Perform(database, self)
        self.name = f"location:{cast.bar}"
        self.marks: list[Mark] = []

    async def publish(self, *publications: Publication) -> None:
        """What has just been committed: nobody is told, it is only noted."""
        last = publications[-1]
        self.marks.append(Mark(time.time(), last.epoch, last.offset))

    @asynccontextmanager
    async def growing(self) -> AsyncIterator[None]:
        """An order goes back and forth, a few times a second."""
        writing = asyncio.create_task(self.write())
        try:
            yield
        finally:
            writing.cancel()

    async def write(self) -> None:
        by = self.cast.shop
        order = await self.perform(intake.place, wish(self.cast.bar), by=by)
        ref = orjson.loads(order.card)["id"]
        for to in cycle(("ready", "pending")):
            await asyncio.sleep(EVERY_SECONDS)
            seen = order.version
            order = await self.perform(lifecycle.advance, ref, to, MoveForm(), by=by, match=seen)

    async def prune(self) -> None:
        """Forget every event so far: whoever is behind cannot catch up event by event."""
        head = select(CHANNELS.c.head).where(CHANNELS.c.name == self.name).scalar_subquery()
        raised = update(CHANNELS).where(CHANNELS.c.name == self.name).values(floor=head)
        gone = delete(EVENTS).where(EVENTS.c.channel == self.name)
        await self.database.write(lambda s: (s.execute(raised), s.execute(gone), None)[-1])

    async def renumber(self) -> None:
        """Begin another numbering, as after an older state was put back."""
        epoch = new_epoch()
        this = update(CHANNELS).where(CHANNELS.c.name == self.name).values(epoch=epoch)
        await self.database.write(lambda session: (session.execute(this), None)[-1])

    def lies(self, look: Look) -> bool:
        """Whether it says Live, and is not."""
        return look.says == "live" and self.behind(look)

    def behind(self, look: Look) -> bool:
        """Whether the book stood beyond what is shown already so long ago."""
        then = bisect_right(self.marks, look.at - LATE_SECONDS, key=lambda mark: mark.at)
        if not then:
            return False
        mark = self.marks[then - 1]
        later = {known.epoch for known in self.marks[then - 1 :]}
        if look.epoch == mark.epoch:
            return look.offset < mark.offset
        return look.epoch not in later
