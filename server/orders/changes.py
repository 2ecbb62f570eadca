"""The one way an order is changed: next version, history, card, event — all in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

import orjson
import sqlalchemy
from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col, select

from server.clock import now
from server.errors import Invalid, NotFound
from server.events import Kind, record
from server.models import History, Line, Location, Order, Organization, table
from server.orders import cards
from server.orders.codes import plausible
from server.orders.customs import PLAIN, Customs, customs_of, read
from server.people.actors import Actor
from server.statements import Row, Statement

ORDERS: Final = table(Order)
LOCATIONS: Final = table(Location)
ORGANIZATIONS: Final = table(Organization)
CUSTOMS: Final = (
    LOCATIONS.c.customs_version.label("customs_now"),
    ORGANIZATIONS.c.labels,
    LOCATIONS.c.thresholds,
    LOCATIONS.c.prep_minutes,
)
OWN: Final = (
    sqlalchemy.select(*ORDERS.c, *CUSTOMS)
    .join(LOCATIONS, LOCATIONS.c.id == ORDERS.c.location_id)
    .join(ORGANIZATIONS, ORGANIZATIONS.c.id == ORDERS.c.organization_id)
    .where(ORDERS.c.organization_id == bindparam("organization"))
    .with_for_update(of=ORDERS)
)
BY_ID: Final = Statement(OWN.where(ORDERS.c.id == bindparam("ref")))
BY_CODE: Final = Statement(OWN.where(ORDERS.c.code == bindparam("code")))
TELL: Final = Statement(insert(table(History)))
CARD_LIMIT: Final = 48 * 1024  # bytes; with its event it has to fit a frame of 64 KiB


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did to an order, as its answer tells it."""

    card: bytes
    version: int
    created: bool = False  # a new order, not one that was there already
    noop: bool = False  # it was there already: nothing changed
    merged: bool = False  # done, although the order had moved since the caller looked


class Held:
    """An order in a command's hands: the columns of its row, and how they were.

    (An object of the ORM costs ten times the query it comes from, and as much again to be saved.)
    """

    def __init__(self, row: Row) -> None:
        own = [row.pop(name) for name in ("customs_now", "labels", "thresholds", "prep_minutes")]
        self.customs = read(*own)
        vars(self).update(row)
        self._before = row

    def changes(self) -> Row:
        """The columns that are not as they were."""
        now = vars(self)
        return {name: now[name] for name, was in self._before.items() if now[name] != was}


@lru_cache(maxsize=256)
def renewal(columns: tuple[str, ...]) -> Statement:
    """The update of these columns of an order, and no others: each may be in an index."""
    values = {name: bindparam(name, type_=ORDERS.c[name].type) for name in columns}
    return Statement(update(ORDERS).where(ORDERS.c.id == bindparam("ref")).values(values))


def load(session: Session, ref: str, *, by: Actor) -> Order:
    """The order of that id or code, locked until commit; absent and foreign answer alike."""
    asked = BY_ID if ref.startswith("ord_") else BY_CODE
    named = {"ref": ref, "code": ref.upper(), "organization": by.organization}
    row = asked.send(session, named).first() if plausible(ref) else None
    if row is None or not by.sees(row["location_id"]):
        raise NotFound("There is no such order.")
    held = Held(row)
    if row["customs_version"] > held.customs.version:  # we waited for those who changed them
        held.customs = present_customs(session, row["location_id"])
    return cast("Order", held)


def present_customs(session: Session, location_id: int) -> Customs:
    """The customs of a location as they are by now."""
    place = session.get_one(Location, location_id, populate_existing=True)
    owner = session.get_one(Organization, place.organization_id, populate_existing=True)
    return customs_of(place, owner)


def customary(order: Order) -> Customs:
    """The customs that came along with an order."""
    return order.customs if isinstance(order, Held) else PLAIN


def lines(session: Session, order: Order) -> list[Line]:
    """The lines of an order, in order."""
    of_it = select(Line).where(Line.order_id == order.id).order_by(col(Line.number))
    return list(session.exec(of_it))


def save(
    session: Session,
    order: Order,
    kind: Kind,
    *,
    by: Actor,
    card: cards.Card | None = None,
    from_stage: str | None = None,
    detail: Mapping[str, Any] | None = None,
    customs: Customs | None = None,
) -> Outcome:
    """Write the change down. Without a `card` only the standing of the old one is renewed."""
    whole = card if card is not None else orjson.loads(order.card) | cards.standing(order)
    drawn_by = customs or customary(order)
    drawn_by.put_on(whole, order)
    order.customs_version = drawn_by.version
    body = orjson.dumps(whole)
    if len(body) > CARD_LIMIT:
        raise Invalid("The order is too large to show: use fewer or shorter lines.", field="lines")
    order.card = body.decode()
    keep(session, order)
    TELL.send(session, entry(order, kind, by, from_stage, detail or {}))
    record(
        session,
        kind,
        f"location:{order.location_id}",
        body,
        key="order",
        thing_id=order.id,
        version=order.version,
        by=by,
        tally=tally(from_stage, order.stage),
    )
    return Outcome(body, order.version, created=kind is Kind.ORDER_PLACED)


def keep(session: Session, order: Order) -> None:
    """Write the order's own row."""
    if isinstance(order, Held):
        changes = order.changes()
        renewal(tuple(changes)).send(session, changes | {"ref": order.id})
    else:  # it was only just placed
        session.add(order)
        session.flush()


def entry(
    order: Order, kind: Kind, by: Actor, from_stage: str | None, detail: Mapping[str, Any]
) -> dict[str, Any]:
    """One line of the order's history. It is kept for ever, so no personal data is in it."""
    return {
        "order_id": order.id,
        "version": order.version,
        "kind": kind.value,
        "at": now(),
        "by_name": by.name,
        "by_role": by.role.value,
        "device": by.device,
        "from_stage": from_stage,
        "to_stage": order.stage if order.stage != from_stage else None,
        "detail": dict(detail),
    }


def tally(before: str | None, after: str) -> dict[str, int]:
    """How the counts per stage change."""
    if before == after:
        return {}
    return {after: 1} if before is None else {before: -1, after: 1}
