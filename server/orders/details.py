"""Correcting what an order says: customer, destination, instructions, times."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from server.clock import now
from server.errors import Invalid, Unseen
from server.events import Kind
from server.models import Order
from server.orders import cards, links, search
from server.orders.changes import Outcome, lines, load, save
from server.orders.forms import ChangeForm, CustomerForm
from server.orders.intake import e164
from server.orders.refusals import changed
from server.people.actors import Actor, Right

MUST_BE_SEEN = {"customer", "destination"}  # the others: the last writer wins


def change(
    session: Session, ref: str, form: ChangeForm, *, by: Actor, match: int | None = None
) -> Outcome:
    """Correct an order. `match` is the version it must still have (If-Match)."""
    order = load(session, ref, by=by)
    by.require(Right.ORDERS_EDIT)
    if match is not None and match != order.version:
        raise changed(session, order)
    differing = {name: v for name, v in wanted(order, form).items() if getattr(order, name) != v}
    if not differing:
        return Outcome(order.card.encode(), order.version, noop=True)
    if match is None and form.model_fields_set & MUST_BE_SEEN:
        words = f"To change the customer or destination of {order.code}, say which version you saw."
        raise Unseen(words, field="If-Match")
    for name, value in differing.items():
        setattr(order, name, value)
    if "due_at" in differing:
        order.surfaced_at = None  # it is wanted at another time: the plan begins anew
    if "customer_email" in differing:
        links.revoke(session, order.id)  # whoever had the old address has the old link
    order.version += 1
    search.index(session, order, anew=True)
    card = cards.renewed(order, lines(session, order))
    fields = {"fields": sorted(differing)}
    return save(
        session,
        order,
        Kind.ORDER_CHANGED,
        by=by,
        card=card,
        from_stage=order.stage,
        detail=fields,
    )


def wanted(order: Order, form: ChangeForm) -> dict[str, Any]:
    """The columns as the caller wants them."""
    given = form.given()
    columns: dict[str, Any] = {
        name: given[name] or None for name in ("destination", "instructions") if name in given
    }
    columns |= {name: given[name] for name in ("due_at", "promised_at") if name in given}
    if "customer" in given:
        columns |= customer(order, given["customer"])
    if given.get("prep_minutes") is not None:
        columns["promised_at"] = promised(given)
    return columns


def promised(given: Mapping[str, Any]) -> datetime:
    """The promise that a number of minutes from now makes."""
    if given.get("promised_at") is not None:
        words = "Give either promised_at or prep_minutes, not both."
        raise Invalid(words, field="prep_minutes")
    return now() + timedelta(minutes=given["prep_minutes"])


def customer(order: Order, form: CustomerForm | None) -> dict[str, str | None]:
    """The customer's columns; a member that is not named stays."""
    form = form or CustomerForm(name=None, email=None, phone=None)
    given = {name: getattr(form, name) for name in form.model_fields_set}
    if "phone" in given:
        given["phone"] = e164(given["phone"], order.locale)
    return {f"customer_{name}": value for name, value in given.items()}
