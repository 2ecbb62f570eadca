"""Follows every channel of the book and writes down what its events cause.

The reader's position moves in the transaction that writes the reactions: nothing is forgotten and
nothing is done twice, however often a follower dies and however many there are.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, func, insert, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from server.clock import now
from server.errors import Unsaved
from server.events import LINES, Publication, published
from server.jobs.house import House
from server.jobs.stopping import heed_stop
from server.messaging.reactions import Sender, react
from server.models import Channel, Event, Message, Position, table
from server.orders.links import Links

READER: Final = "reactions"
CHANNELS: Final = 500  # read on in one round
PAGE: Final = 200  # events in one transaction, so that nobody who writes waits long
LOOK_SECONDS: Final = 1.0  # without any bell
GATHER_SECONDS: Final = 0.5  # what rings meanwhile is read in one transaction

POSITIONS: Final = table(Position)
MOVE: Final = (
    update(POSITIONS)
    .where(POSITIONS.c.reader == READER, POSITIONS.c.channel == bindparam("of"))
    .values(offset=bindparam("to"))
)

log = logging.getLogger(__name__)

Told = Callable[[Sequence[Message]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A page that was read: how many events, and the rows they caused."""

    events: int
    messages: list[Message]


class Follow:
    """The loop; `told` hears of the rows once they are committed."""

    def __init__(self, house: House, told: Told) -> None:
        self.house = house
        self.told = told
        self.sender = Sender(house.settings.mail_from, Links(house.settings))

    async def run(self) -> None:
        """Read on at each ring of the bell, and each second."""
        bell = self.house.broker.bell
        while True:
            heard = bell.rings
            heed_stop()
            if not await self.turn():
                await bell.wait(heard, LOOK_SECONDS)
                await asyncio.sleep(GATHER_SECONDS)

    async def turn(self) -> int:
        """Read a page of every channel that has gone on; how many events there were."""
        waiting = await self.house.read(unread)
        return sum([await self.pages(channels) for channels in batches(waiting)])

    async def pages(self, channels: Sequence[str]) -> int:
        """A page of each; what goes wrong in one channel does not stop the others."""
        try:
            reading = await self.house.perform(read_on, channels, self.sender)
        except Unsaved:  # no channel's fault: the whole loop waits
            raise
        except Exception:
            if len(channels) > 1:
                return sum([await self.pages([channel]) for channel in channels])
            log.exception("The reactions to %s wait: its next events could not be read", *channels)
            return 0
        await self.told(reading.messages)
        return reading.events


def batches(waiting: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    """Channels that are read in one transaction, so that none takes long and few are needed."""
    batch: list[str] = []
    room = PAGE
    for channel, events in waiting:
        if batch and events > room:
            yield batch
            batch, room = [], PAGE
        batch.append(channel)
        room -= events
    if batch:
        yield batch


def read_on(session: Session, channels: Sequence[str], sender: Sender) -> Reading:
    """React to the next events of channels, but of none that somebody else is at."""
    pages = next_pages(session, taken(session, channels))
    messages = [message for page in pages for message in react(session, page, sender)]
    if pages:
        read = [{"of": page[-1].channel, "to": page[-1].offset} for page in pages]
        session.connection().execute(MOVE, read)
    return Reading(sum(map(len, pages)), messages)


def taken(session: Session, channels: Sequence[str]) -> list[str]:
    """Those of them whose positions are ours to move: all but those that another follower has."""
    free = places(channels).with_for_update(skip_locked=True)
    ours = list(session.exec(free))
    if missing := set(channels).difference(ours):
        elsewhere = session.exec(places(missing)).all()
        new = sorted(missing.difference(elsewhere))
        if new:  # whoever was here at the same time collides, and comes again
            begun = [{"reader": READER, "channel": channel, "offset": 0} for channel in new]
            session.connection().execute(insert(POSITIONS), begun)
        ours += new
    return ours


def places(channels: Iterable[str]) -> SelectOfScalar[str]:
    """Which of these channels were ever read."""
    return select(Position.channel).where(
        Position.reader == READER, col(Position.channel).in_(channels)
    )


def next_pages(session: Session, channels: Sequence[str]) -> list[list[Publication]]:
    """The next events of each channel, in order."""
    page = col(Event.offset).between(read_to() + 1, read_to() + PAGE)
    found = session.execute(
        LINES.join(Position, ours())
        .where(col(Event.channel).in_(channels), page)
        .order_by(col(Event.channel), col(Event.offset))
    ).mappings()
    events = [published(dict(row), row["epoch"]) for row in found]
    return [list(page) for _, page in groupby(events, attrgetter("channel"))]


def behind(session: Session) -> Sequence[str]:
    """Channels that have gone on since they were read."""
    return [channel for channel, _ in unread(session)]


def unread(session: Session) -> Sequence[tuple[str, int]]:
    """Channels that have gone on, each with how many events of its next page wait.

    In no order, so that none is always last.
    """
    events = col(Channel.head) - read_to()
    found = (
        select(Channel.name, events)
        .outerjoin(Position, ours())
        .where(events > 0)
        .order_by(func.random())
        .limit(CHANNELS)
    )
    return [(name, min(count, PAGE)) for name, count in session.exec(found)]


def lag(session: Session) -> float:
    """How many seconds the oldest unread event has waited."""
    oldest = (
        select(func.min(Event.at))
        .join(Channel, col(Channel.name) == col(Event.channel))
        .outerjoin(Position, ours())
        .where(Channel.head > read_to(), col(Event.offset) == read_to() + 1)
    )
    at = session.exec(oldest).one()
    return max((now() - at).total_seconds(), 0.0) if at else 0.0


def ours() -> ColumnElement[bool]:
    """A channel's position of this reader."""
    return and_(col(Position.channel) == col(Channel.name), col(Position.reader) == READER)


def read_to() -> ColumnElement[int]:
    """The last offset read; a channel never read was read up to nothing."""
    return func.coalesce(col(Position.offset), 0)
