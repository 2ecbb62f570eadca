"""The one way an order is changed: next version, history, card, event — all in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, insert
from sqlmodel import Session, col, select

from server.clock import now
from server.errors import Invalid, NotFound
from server.events import Kind, record
from server.models import History, Line, Order, table
from server.orders import cards
from server.orders.codes import plausible
from server.people.actors import Actor

OWN: Final = (
    select(Order).where(col(Order.organization_id) == bindparam("organization")).with_for_update()
)
BY_ID: Final = OWN.where(col(Order.id) == bindparam("ref"))
BY_CODE: Final = OWN.where(col(Order.code) == bindparam("code"))
TELL: Final = insert(table(History))
CARD_LIMIT: Final = 48 * 1024  # bytes; with its event it has to fit a frame of 64 KiB


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did to an order, as its answer tells it."""

    card: bytes
    version: int
    created: bool = False  # a new order, not one that was there already
    noop: bool = False  # it was there already: nothing changed
    merged: bool = False  # done, although the order had moved since the caller looked


def load(session: Session, ref: str, *, by: Actor) -> Order:
    """The order of that id or code, locked until commit; absent and foreign answer alike."""
    asked = BY_ID if ref.startswith("ord_") else BY_CODE
    named = {"ref": ref, "code": ref.upper(), "organization": by.organization}
    order = session.scalars(asked, named).first() if plausible(ref) else None
    if order is None or not by.sees(order.location_id):
        raise NotFound("There is no such order.")
    return order


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
) -> Outcome:
    """Write the change down. Without a `card` only the standing of the old one is renewed."""
    whole = card if card is not None else orjson.loads(order.card) | cards.standing(order)
    body = orjson.dumps(whole)
    if len(body) > CARD_LIMIT:
        raise Invalid("The order is too large to show: use fewer or shorter lines.", field="lines")
    order.card = body.decode()
    session.add(order)
    session.execute(TELL, entry(order, kind, by, from_stage, detail or {}))
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
