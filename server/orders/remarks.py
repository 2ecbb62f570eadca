"""What the staff write about an order: always added, whatever has happened to it meanwhile."""

from typing import Final

from sqlmodel import Session, func, select

from server.clock import now
from server.events import Kind
from server.models import OrderNote
from server.orders.changes import Outcome, load, save
from server.orders.forms import NoteForm
from server.orders.lifecycle import OFFLINE_AGE
from server.orders.refusals import conflict, too_old
from server.people.actors import Actor, Right

NOTES_LIMIT: Final = 50


def note(session: Session, ref: str, form: NoteForm, *, by: Actor) -> Outcome:
    """Write a note about an order; who and when is kept for ever, the words can be forgotten."""
    by.require(Right.ORDERS_EDIT)
    order = load(session, ref, by=by)
    if form.tapped_at and now() - form.tapped_at > OFFLINE_AGE:
        raise too_old(session, order)
    written = select(func.count()).where(OrderNote.order_id == order.id)
    if session.exec(written).one() >= NOTES_LIMIT:
        raise conflict(session, order, f"{order.code} has {NOTES_LIMIT} notes already.")
    order.version += 1
    outcome = save(session, order, Kind.ORDER_NOTED, by=by, from_stage=order.stage)
    session.add(OrderNote(order_id=order.id, version=order.version, text=form.text))
    return outcome
