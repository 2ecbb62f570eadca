"""Scheduled orders: each waits until its due time minus the prep time, or until it is taken up.

Nothing happens to an order when its time comes: everybody who looks compares `surfaces_at` with
the clock. Only taking one up before is a change.
"""

from sqlmodel import Session

from server.clock import now
from server.events import Kind
from server.orders.cards import surfacing
from server.orders.changes import Outcome, load, save
from server.orders.refusals import changed, conflict
from server.people.actors import Actor, Right


def surface(session: Session, ref: str, *, by: Actor, match: int | None = None) -> Outcome:
    """Take a scheduled order up now, before its time."""
    order = load(session, ref, by=by)
    by.require(Right.ORDERS_MOVE)
    if match is not None and match != order.version:
        raise changed(session, order)
    if order.due_at is None:
        words = f"{order.code} is wanted as soon as possible: there is nothing to take up."
        raise conflict(session, order, words)
    at, until = now(), surfacing(order)
    if until is None or until <= at:
        return Outcome(order.card.encode(), order.version, noop=True)
    order.surfaced_at = at
    order.version += 1
    detail = {"surfaced": True}
    return save(session, order, Kind.ORDER_CHANGED, by=by, from_stage=order.stage, detail=detail)
