"""Looking at issues: the queue, oldest first, how many wait where, and what is attached."""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from server.errors import NotFound
from server.events import Head, heads
from server.models import Attachment, Issue, Location, Order
from server.orders import flags
from server.orders.boards import cursor, position, visible
from server.orders.cards import zone
from server.orders.codes import plausible
from server.people.actors import Actor, Right

FLAGGED_SHOWN: Final = 500
RESOLVED_SHOWN: Final = 50
RESOLVED_LOOKED_AT: Final = 200


@dataclass(frozen=True, slots=True)
class IssueFilters:
    """What the queue is narrowed to."""

    location: int | None = None
    state: str = "open"
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """Some of the queue, and the cursor of what comes next."""

    issues: list[dict[str, Any]]
    next: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """What the resolution screen shows, and where each location's channel stood at that moment."""

    orders: list[bytes]
    positions: dict[str, Head]


def queue(session: Session, filters: IssueFilters, *, by: Actor) -> Queue:
    """A page of the issues this actor may see, oldest first, each with its order."""
    by.require(Right.ORDERS_READ)
    asked = (
        select(Issue, Order)
        .join(Order, col(Order.id) == col(Issue.order_id))
        .where(*conditions(filters, by))
        .order_by(col(Issue.opened_at), col(Issue.id))
    )
    found = session.exec(asked.limit(filters.limit + 1)).all()
    shown = found[: filters.limit]
    files = flags.attached(session, [issue.id for issue, _ in shown])
    told = [
        flags.about(issue, order, files.get(issue.id, ())) | {"order": orjson.Fragment(order.card)}
        for issue, order in shown
    ]
    more = len(found) > filters.limit
    last = shown[-1][0] if more else None
    return Queue(told, cursor(last.opened_at, last.id) if last else None)


def conditions(filters: IssueFilters, by: Actor) -> list[ColumnElement[bool]]:
    """The filters as SQL."""
    wanted = [*own(by), col(Issue.state) == filters.state]
    if filters.location is not None:
        wanted.append(col(Order.location_id) == filters.location)
    if filters.cursor:
        at, last = position(filters.cursor, "iss_")
        opened, ident = col(Issue.opened_at), col(Issue.id)
        wanted.append(or_(opened > at, (opened == at) & (ident > last)))
    return wanted


def own(by: Actor) -> list[ColumnElement[bool]]:
    """Only what this actor may see; the organization is named for the index, too."""
    return [col(Issue.organization_id) == by.organization, *visible(by)]


def standing(session: Session, *, by: Actor) -> list[dict[str, Any]]:
    """How many orders are flagged at each location of this actor, and since when the oldest is."""
    by.require(Right.ORDERS_READ)
    asked = (
        select(
            Order.location_id,
            Location.timezone,
            func.count(func.distinct(Order.id)),
            func.min(Issue.opened_at),
        )
        .join(Order, col(Order.id) == col(Issue.order_id))
        .join(Location, col(Location.id) == col(Order.location_id))
        .where(*own(by), col(Issue.state) == "open")
        .group_by(col(Order.location_id), col(Location.timezone))
        .order_by(col(Order.location_id))
    )
    return [
        {
            "location": location,
            "flagged": flagged,
            "oldest_at": oldest.astimezone(zone(timezone)).isoformat(timespec="milliseconds"),
        }
        for location, timezone, flagged, oldest in session.exec(asked)
    ]


def issue(session: Session, ref: str, *, by: Actor) -> Issue:
    """One issue; absent and foreign answer alike."""
    by.require(Right.ORDERS_READ)
    asked = select(Issue).join(Order, col(Order.id) == col(Issue.order_id))
    asked = asked.where(*own(by), Issue.id == ref)
    found = session.exec(asked).first() if plausible(ref) else None
    if found is None:
        raise NotFound("There is no such issue.")
    return found


def attachment(session: Session, issue: str, ref: str, *, by: Actor) -> Attachment:
    """What is attached to an issue; absent and foreign answer alike."""
    by.require(Right.ORDERS_READ)
    asked = (
        select(Attachment)
        .join(Issue, col(Issue.id) == col(Attachment.issue_id))
        .join(Order, col(Order.id) == col(Issue.order_id))
        .where(*own(by), Attachment.id == ref, Issue.id == issue)
    )
    found = session.exec(asked).first() if plausible(issue) and plausible(ref) else None
    if found is None:
        raise NotFound("There is no such attachment.")
    return found


def desk(session: Session, channels: list[str], *, by: Actor) -> Desk:
    """The flagged orders of this actor's locations, the last resolved ones, and the positions."""
    by.require(Right.ORDERS_READ)
    return Desk([*flagged(session, by), *resolved(session, by)], heads(session, channels).channels)


def flagged(session: Session, by: Actor) -> list[bytes]:
    """The cards of the flagged orders, those first that have waited longest."""
    asked = (
        select(Order.card, func.min(Issue.opened_at).label("since"))
        .join(Order, col(Order.id) == col(Issue.order_id))
        .where(*own(by), col(Issue.state) == "open")
        .group_by(col(Order.id), col(Order.card))
        .order_by("since")
        .limit(FLAGGED_SHOWN)
    )
    return [card.encode() for card, _ in session.exec(asked)]


def resolved(session: Session, by: Actor) -> list[bytes]:
    """The cards of those that were resolved last and are flagged no more."""
    asked = (
        select(Order.card, Issue.settled_at)
        .join(Order, col(Order.id) == col(Issue.order_id))
        .where(*own(by), col(Issue.state) == "resolved", ~col(Order.flagged))
        .order_by(col(Issue.opened_at).desc())
        .limit(RESOLVED_LOOKED_AT)
    )
    rows = sorted(session.exec(asked), key=lambda row: str(row[1]), reverse=True)
    return [card.encode() for card in dict.fromkeys(card for card, _ in rows)][:RESOLVED_SHOWN]
