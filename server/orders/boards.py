"""Looking at orders: boards, lists, one order with its history. Cards come ready-made."""

import base64
import binascii
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from server.clock import now
from server.errors import Invalid, NotFound
from server.events import Head, heads
from server.models import Channel, History, Issue, Location, Order, OrderNote
from server.orders import search
from server.orders.cards import zone
from server.orders.codes import ID, plausible
from server.orders.customs import in_words, of_locations
from server.orders.stages import Flow, Kind, Source
from server.orders.waiting import scheduled
from server.people.actors import Actor, Right

ENDED_KEPT: Final = 200
"""How many ended orders a board holds, the last by (ended_at, id)."""
PAGE_LIMIT: Final = 200
STORED: Final[tuple[Any, ...]] = (Order.card, Order.customs_version, Order.location_id)
"""A card as it is stored, and the customs that it was drawn with."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A board's cards and counts, and the position in its channel at which they were true."""

    epoch: str
    offset: int
    orders: list[bytes]
    counts: bytes


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of orders is narrowed to."""

    location: int | None = None
    stage: str | None = None
    source: Source | None = None
    flow: Flow | None = None
    q: str | None = None
    flagged: bool | None = None
    customer: str | None = None
    placed_after: datetime | None = None
    placed_before: datetime | None = None
    ended: bool | None = None
    kinds: tuple[Kind, ...] = ()
    scheduled: bool | None = None
    oldest_first: bool = False
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a list, and the cursor of what comes next."""

    orders: list[bytes]
    next: str | None


def snapshot(session: Session, location_id: int) -> Snapshot:
    """Everything a board shows, in one consistent read: what is flagged stays, however old."""
    channel = session.get_one(Channel, f"location:{location_id}")
    here = select(Order.card, Order.customs_version).where(Order.location_id == location_id)
    open_ones = here.where(col(Order.open)).order_by(col(Order.placed_at), col(Order.id))
    ended = here.where(~col(Order.open)).order_by(col(Order.ended_at).desc(), col(Order.id).desc())
    recent = session.exec(ended.limit(ENDED_KEPT)).all()
    flagged = session.exec(here.where(~col(Order.open), open_issue(channel.organization_id)))
    older = set(flagged) - set(recent)
    found = [*session.exec(open_ones), *recent, *older]
    words = of_locations(session, channel.organization_id, location_id)[location_id]
    return Snapshot(
        channel.epoch + session.info["database"].instance,
        channel.head,
        [in_words(card, drawn, words) for card, drawn in found],
        orjson.dumps(channel.counts),
    )


def open_issue(organization_id: int) -> ColumnElement[bool]:
    """Whether an order is among those of the organization that have an open issue: a few rows."""
    issues = select(Issue.order_id).where(
        Issue.organization_id == organization_id, Issue.state == "open"
    )
    return col(Order.id).in_(issues)


def head(session: Session, location_id: int, *, by: Actor) -> Head:
    """How far a location's channel goes: all that a board has to know to see that it is current."""
    by.require(Right.ORDERS_READ)
    visible_location(session, location_id, by=by)
    channel = f"location:{location_id}"
    return heads(session, [channel]).channels[channel]


def of_channel(session: Session, channel: str) -> Snapshot:
    """The snapshot of a channel; an organization's own holds no orders."""
    kind, _, ident = channel.partition(":")
    if kind == "location":
        return snapshot(session, int(ident))
    own = session.get_one(Channel, channel)
    return Snapshot(own.epoch + session.info["database"].instance, own.head, [], b"{}")


def orders(session: Session, filters: Filters, *, by: Actor) -> Page:
    """A page of the orders this actor may see."""
    by.require(Right.ORDERS_READ)
    asked = select(*STORED, Order.placed_at, Order.id)  # type: ignore[call-overload]
    asked = asked.where(*conditions(filters, by))
    place = (col(Order.placed_at), col(Order.id))
    asked = asked.order_by(*(place if filters.oldest_first else (c.desc() for c in place)))
    found = session.exec(asked.limit(filters.limit + 1)).all()
    shown = found[: filters.limit]
    more = len(found) > filters.limit
    following = cursor(*shown[-1][-2:]) if more else None
    words = of_locations(session, by.organization)
    cards = [in_words(card, drawn, words[place]) for card, drawn, place, *_ in shown]
    return Page(cards, following)


def orders_at(session: Session, location_id: int, filters: Filters, *, by: Actor) -> Page:
    """A page of the orders of one location, which has to be there."""
    visible_location(session, location_id, by=by)
    return orders(session, replace(filters, location=location_id), by=by)


def count(session: Session, location: int | None, *, by: Actor) -> dict[str, Any]:
    """How many orders are open and ended, and in which stages."""
    by.require(Right.ORDERS_READ)
    rows = session.exec(
        select(Order.stage, Order.open, func.count())
        .where(*conditions(Filters(location=location), by))
        .group_by(col(Order.stage), col(Order.open))
    ).all()
    stages: dict[str, int] = {}
    for stage, _, number in rows:
        stages[stage] = stages.get(stage, 0) + number
    active = sum(number for _, still_open, number in rows if still_open)
    return {
        "active": active,
        "completed": sum(stages.values()) - active,
        "stages": stages,
    }


def order(session: Session, ref: str, *, by: Actor) -> tuple[bytes, list[dict[str, Any]]]:
    """One order's card, and its history, oldest first."""
    by.require(Right.ORDERS_READ)
    named = Order.id == ref if ref.startswith("ord_") else Order.code == ref.upper()
    here = select(*STORED, Order.id, Order.timezone)  # type: ignore[call-overload]
    found = session.exec(here.where(named, *visible(by))).first() if plausible(ref) else None
    if found is None:
        raise NotFound("There is no such order.")
    card, drawn, place, order_id, timezone = found
    past = (
        select(History, OrderNote.text)
        .outerjoin(OrderNote, noted())
        .where(History.order_id == order_id)
        .order_by(col(History.version))
    )
    words = of_locations(session, by.organization, place)[place]
    return in_words(card, drawn, words), [
        told(entry, zone(timezone), text) for entry, text in session.exec(past)
    ]


def noted() -> ColumnElement[bool]:
    """Whether a note belongs to an entry of the history."""
    return and_(
        col(OrderNote.order_id) == History.order_id, col(OrderNote.version) == History.version
    )


def told(entry: History, zone: ZoneInfo, text: str | None) -> dict[str, Any]:
    """A line of history as it is answered, in the time of the order's location."""
    return {
        "version": entry.version,
        "kind": entry.kind,
        "at": entry.at.astimezone(zone).isoformat(timespec="milliseconds"),
        "by": {"name": entry.by_name, "role": entry.by_role, "device": entry.device},
        "from": entry.from_stage,
        "to": entry.to_stage,
        "detail": entry.detail | ({"text": text} if text is not None else {}),
    }


def visible(by: Actor) -> list[ColumnElement[bool]]:
    """Only the actor's organization, and the locations they work at."""
    own: list[ColumnElement[bool]] = [col(Order.organization_id) == by.organization]
    if by.locations is not None:
        own.append(col(Order.location_id).in_(by.locations))
    return own


def conditions(filters: Filters, by: Actor) -> list[ColumnElement[bool]]:
    """The filters as SQL."""
    wanted = visible(by)
    if filters.location is not None:
        wanted.append(col(Order.location_id) == filters.location)
    for column, value in (
        (Order.stage, filters.stage),
        (Order.source, filters.source),
        (Order.flow, filters.flow),
    ):
        if value is not None:
            wanted.append(col(column) == str(value))
    if filters.kinds:
        wanted.append(col(Order.kind).in_([kind.value for kind in filters.kinds]))
    if filters.ended is not None:
        wanted.append(col(Order.open).is_(not filters.ended))
    if filters.flagged is not None:
        few = open_issue(by.organization)  # however many orders there are
        wanted.append(few if filters.flagged else ~col(Order.flagged))
    return wanted + worded(filters, by) + timed(filters)


def worded(filters: Filters, by: Actor) -> list[ColumnElement[bool]]:
    """The filters that look for words."""
    wanted = []
    if filters.q:
        wanted.append(search.matching(by.organization, filters.q))
    if filters.customer:
        name, email = col(Order.customer_name), col(Order.customer_email)
        wanted.append(or_(name == filters.customer, email == filters.customer))
    return wanted


def timed(filters: Filters) -> list[ColumnElement[bool]]:
    """The filters that look at times, the cursor among them."""
    wanted: list[ColumnElement[bool]] = []
    if filters.placed_after:
        wanted.append(col(Order.placed_at) > filters.placed_after)
    if filters.scheduled is not None:
        wanted.append(scheduled(now(), still=filters.scheduled))
    if filters.placed_before:
        wanted.append(col(Order.placed_at) < filters.placed_before)
    if filters.cursor:
        at, order_id = position(filters.cursor)
        placed, ident = col(Order.placed_at), col(Order.id)
        if filters.oldest_first:
            wanted.append(or_(placed > at, (placed == at) & (ident > order_id)))
        else:
            wanted.append(or_(placed < at, (placed == at) & (ident < order_id)))
    return wanted


def cursor(at: datetime, order_id: str) -> str:
    """The place after an order in a list, as text for the caller to hand back."""
    return base64.urlsafe_b64encode(orjson.dumps([at.isoformat(), order_id])).decode()


def position(text: str, prefix: str = "ord_") -> tuple[datetime, str]:
    """The place a cursor means, in a list of things whose ids begin so."""
    try:
        at, ident = orjson.loads(base64.urlsafe_b64decode(text.encode()))
        if not (ID.fullmatch(ident) and ident.startswith(prefix)):
            raise ValueError
        return datetime.fromisoformat(at).astimezone(UTC), ident
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        words = "The cursor is not one of ours: start again without it."
        raise Invalid(words, field="cursor") from error


def visible_location(session: Session, location_id: int, *, by: Actor) -> Location:
    """A location this actor may see; absent and foreign answer alike."""
    location = session.get(Location, location_id)
    if location is None:
        raise NotFound("There is no such location.")
    by.require_location(location.organization_id, location_id)
    return location
