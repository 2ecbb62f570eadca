"""Follows every channel of the book and writes down what its events cause.

The reader's position moves in the transaction that writes the reactions: nothing is forgotten and
nothing is done twice, however often a follower dies and however many there are.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import Session, col, select

from server.clock import now
from server.events import since
from server.jobs.house import House
from server.jobs.stopping import heed_stop
from server.messaging.reactions import react
from server.models import Channel, Event, Message, Position

READER: Final = "reactions"
CHANNELS: Final = 500  # read on in one round
PAGE: Final = 200  # events of one channel per round, so that a busy one keeps nobody waiting
LOOK_SECONDS: Final = 1.0  # without any bell
GATHER_SECONDS: Final = 0.05  # what rings meanwhile is read in one transaction

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
        """Read one page of every channel that has gone on; how many events there were."""
        return sum([await self.page(channel) for channel in await self.house.read(behind)])

    async def page(self, channel: str) -> int:
        """Read one page; what goes wrong in one channel does not stop the others."""
        try:
            sender = self.house.settings.mail_from
            reading = await self.house.perform(read_on, channel, sender)
        except Exception:
            log.exception("The reactions to %s wait: its next events could not be read", channel)
            return 0
        await self.told(reading.messages)
        return reading.events


def read_on(session: Session, channel: str, sender: str) -> Reading:
    """React to the next events of a channel, unless somebody else is at it."""
    position = taken(session, channel)
    if position is None:
        return Reading(0, [])
    events = since(session, channel, position.offset, PAGE)
    messages = react(session, events, sender)
    if events:
        position.offset = events[-1].offset
    return Reading(len(events), messages)


def taken(session: Session, channel: str) -> Position | None:
    """Our position in a channel, locked; None while another follower has it."""
    mine = select(Position).where(Position.reader == READER, Position.channel == channel)
    position = session.exec(mine.with_for_update(skip_locked=True)).first()
    if position is None and session.get(Position, (READER, channel)) is None:
        position = Position(reader=READER, channel=channel)
        session.add(position)
        session.flush()  # whoever was here at the same time collides, and comes again
    return position


def behind(session: Session) -> Sequence[str]:
    """Channels that have gone on since they were read, in no order, so that none is always last."""
    unread = select(Channel.name).outerjoin(Position, ours()).where(Channel.head > read_to())
    return session.exec(unread.order_by(func.random()).limit(CHANNELS)).all()


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
