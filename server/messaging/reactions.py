"""What customers are told of an event: rows, written together with the reader's position."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import orjson
from sqlmodel import Session, col, select

from server.clock import now
from server.events import Kind, Publication
from server.messaging import outbox
from server.messaging.confirmations import Place, cancellation, confirmation
from server.messaging.letters import message_id
from server.messaging.outbox import CANCELLATION, CONFIRMATION
from server.models import Channel, Location, Message, Organization
from server.orders import links
from server.orders.cards import Card
from server.orders.links import Links

KINDS: Final[Mapping[str, str]] = {  # of mails that an event may cause
    Kind.ORDER_PLACED: CONFIRMATION,
    Kind.ORDER_ADVANCED: CANCELLATION,
}
UNDO: Final = timedelta(seconds=8)  # a cancellation waits until it cannot be taken back


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, and how they make the links that they write of."""

    address: str  # our MAIL_FROM
    links: Links


def react(session: Session, events: Sequence[Publication], sender: Sender) -> list[Message]:
    """Write down every mail that these events of one channel cause; what is there stays."""
    events = [event for event in events if event.kind == Kind.ORDER_UNDONE or caused(event)]
    known, written = already(session, events), []
    for event in events:
        if event.kind == Kind.ORDER_UNDONE:
            outbox.withdraw(session, orjson.loads(event.thing)["id"])
        elif (kind := caused(event)) and (event.offset, kind) not in known:
            written.append(draft(session, event, kind, sender))
    session.flush()
    return written


def caused(event: Publication) -> str | None:
    """The kind of mail that this event causes, if somebody is to be told and can be."""
    kind = KINDS.get(event.kind)
    if kind is None:
        return None
    card: Card = orjson.loads(event.thing)
    if "gone" in card or not card["customer"]["email"]:
        return None
    return kind if kind == CONFIRMATION or told_of_end(card) else None


def already(session: Session, events: Sequence[Publication]) -> set[tuple[int, str]]:
    """What was written for these events before, so that reading them again changes nothing."""
    if not events:
        return set()
    same = (
        select(Message.offset, Message.kind)
        .where(Message.channel == events[0].channel)
        .where(col(Message.offset).between(events[0].offset, events[-1].offset))
    )
    return {(offset, kind) for offset, kind in session.exec(same) if offset is not None}


def told_of_end(card: Card) -> bool:
    """Whether somebody ended the order unfulfilled and wrote the customer why."""
    return bool(card["kind"] == "void" and card["moved"] and card["moved"]["message"])


def draft(session: Session, event: Publication, kind: str, sender: Sender) -> Message:
    """The mail as a row."""
    card: Card = orjson.loads(event.thing)
    organization, place = whereabouts(session, event.channel)
    moved = datetime.fromisoformat(card["moved"]["at"]) if kind == CANCELLATION else None
    link = links.of_order(session, card["id"])
    page = sender.links.page(link)
    words = cancellation(card, place) if moved else confirmation(card, place, page)
    message = Message(
        organization_id=organization,
        order_id=card["id"],
        channel=event.channel,
        offset=event.offset,
        kind=kind,
        recipient=card["customer"]["email"],
        subject=words.subject,
        text=words.text,
        code=None if moved else sender.links.scan(link, card["code"]),
        message_id=message_id(card["id"], card["version"], kind, sender.address),
        moved_at=moved,
        created_at=now(),
        not_before=moved + UNDO if moved else datetime.fromisoformat(event.at),
    )
    session.add(message)
    return message


def whereabouts(session: Session, channel: str) -> tuple[int, Place]:
    """Whose channel it is, and the place whose orders it tells of."""
    organization = session.get_one(Organization, session.get_one(Channel, channel).organization_id)
    location = session.get_one(Location, int(channel.partition(":")[2]))
    return organization.id or 0, Place(location.name, organization.locale)
