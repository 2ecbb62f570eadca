"""Placing an order: from a shop, a platform, the till or the API, always through here."""

from datetime import datetime
from typing import Any, Final

import phonenumbers
from sqlmodel import Session, select

from server.clock import now
from server.errors import Invalid
from server.events import Kind
from server.models import Line, Location, Order, Organization
from server.orders import cards, links, search
from server.orders.changes import Outcome, save
from server.orders.codes import new_code, new_id
from server.orders.customs import customs_of
from server.orders.forms import Amount, LineForm, OrderForm
from server.orders.stages import PLANS, Flow, first
from server.payments import ledger
from server.people.actors import Actor, Right

TOTAL_LIMIT: Final = 10**12


def place(session: Session, form: OrderForm, *, by: Actor) -> Outcome:
    """Take an order in. The same source and external id is the same order, however often."""
    by.require(Right.ORDERS_PLACE)
    location = taking_orders(session, form.location, by=by)
    if known := placed_before(session, form):
        return Outcome(known.card.encode(), known.version)
    organization = session.get_one(Organization, location.organization_id)
    order, lines = drawn_up(session, form, location, organization)
    session.add(order)
    session.flush()
    session.add_all(lines)
    links.made(session, order)
    if form.payment:
        method, state = form.payment.method, form.payment.state
        ledger.charge(session, order, order.total, method=method, state=state, at=order.placed_at)
    search.index(session, order)
    return save(
        session,
        order,
        Kind.ORDER_PLACED,
        by=by,
        card=cards.card(order, lines),
        detail=meanwhile(location),
        customs=customs_of(location, organization),
    )


def taking_orders(session: Session, location_id: int, *, by: Actor) -> Location:
    """The location, held as it is until commit: who changes its customs redraws this order, too."""
    location = session.get(Location, location_id, with_for_update={"read": True})
    known = location is not None and location.organization_id == by.organization
    if location is None or not known or not by.sees(location_id):
        raise Invalid(f"There is no location {location_id}.", field="location")
    if location.archived_at:
        raise Invalid(f"{location.name} is archived and takes no orders.", field="location")
    return location


def meanwhile(location: Location) -> dict[str, str]:
    """A paused place still takes what was sold elsewhere, and the order's history says so."""
    until = location.status_until
    paused = location.status == "paused" and until is not None and until > now()
    return {"while": "paused"} if paused else {}


def placed_before(session: Session, form: OrderForm) -> Order | None:
    """The order that this one repeats."""
    if form.external_id is None:
        return None
    same = select(Order).where(
        Order.location_id == form.location,
        Order.source == form.source.value,
        Order.external_id == form.external_id,
    )
    return session.exec(same).first()


def drawn_up(
    session: Session, form: OrderForm, location: Location, organization: Organization
) -> tuple[Order, list[Line]]:
    """The order and its lines as rows, checked and added up."""
    currency, at = organization.currency, now()
    order = Order(
        id=new_id(),
        organization_id=location.organization_id,
        location_id=form.location,
        code=new_code(session, location.organization_id),
        source=form.source.value,
        external_id=form.external_id,
        timezone=location.timezone,
        locale=organization.locale,
        customer_name=form.customer.name,
        customer_email=form.customer.email,
        customer_phone=e164(form.customer.phone, organization.locale),
        destination=form.destination or None,
        instructions=form.instructions or None,
        payment_method=form.payment.method if form.payment else None,
        payment_deadline=form.payment.deadline if form.payment else None,
        due_at=form.due_at,
        **starting(form, Flow(form.flow or location.flow), at),
        **added_up(form, currency),
    )
    return order, [line(order, n, asked) for n, asked in enumerate(form.lines, 1)]


def starting(form: OrderForm, flow: Flow, at: datetime) -> dict[str, Any]:
    """The stage the order begins in, and the times that follow from it."""
    paid = form.payment is not None and form.payment.state == "done"
    method = form.payment.method if form.payment else None
    taken = form.destination is None and form.due_at is None
    stage = PLANS[flow].stages[first(flow, form.source, paid=paid, method=method, taken=taken)]
    return {
        "flow": flow.value,
        "stage": stage.key,
        "kind": stage.kind.value,
        "open": stage.open,
        "trail": [],
        "packages": [],
        "placed_at": at,
        "entered_at": at,
        "ended_at": None if stage.open else at,
        "card": "",
    }


def added_up(form: OrderForm, currency: str) -> dict[str, Any]:
    """The sums in minor units. A given total must be theirs, with tax on top or included."""
    subtotal = sum(
        line.quantity * minor(line.unit_price, currency, f"lines.{n}.unit_price")
        for n, line in enumerate(form.lines)
    )
    sums = {
        name: minor(getattr(form.totals, name), currency, f"totals.{name}")
        for name in ("discount", "service_fee", "tax", "tip")
    }
    before_tax = subtotal - sums["discount"] + sums["service_fee"] + sums["tip"]
    total = before_tax + sums["tax"]
    if form.totals.total is not None:
        asked = minor(form.totals.total, currency, "totals.total")
        if asked not in (total, before_tax):
            words = f"The total does not add up: the lines and sums make {total}, not {asked}."
            raise Invalid(words, field="totals.total")
        total = asked
    if not 0 <= total <= TOTAL_LIMIT:
        raise Invalid("The total is below nothing or beyond any order.", field="totals")
    return {"currency": currency, "subtotal": subtotal, "total": total, **sums}


def minor(given: int | Amount, currency: str, field: str) -> int:
    """An amount in the organization's currency, in minor units."""
    if isinstance(given, int):
        return given
    if given.currency != currency:
        raise Invalid(f"{field} is in {given.currency}, but here it is {currency}.", field=field)
    return given.amount


def line(order: Order, number: int, form: LineForm) -> Line:
    """One line as a row."""
    where = f"lines.{number - 1}"
    price = minor(form.unit_price, order.currency, f"{where}.unit_price")
    modifiers = [
        {
            "name": modifier.name,
            "quantity": modifier.quantity,
            "price": minor(modifier.price, order.currency, f"{where}.modifiers.{n}.price"),
        }
        for n, modifier in enumerate(form.modifiers)
    ]
    return Line(
        order_id=order.id,
        number=number,
        name=form.name,
        sku=form.sku,
        quantity=form.quantity,
        unit_price=price,
        modifiers=modifiers,
        note=form.note or None,
    )


def e164(phone: str | None, locale: str) -> str | None:
    """A telephone number as E.164; national spellings are read as those of the locale's country."""
    if not phone:
        return None
    region = locale.replace("-", "_").partition("_")[2][-2:] or None
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Invalid(f"{phone} is not a telephone number.", field="customer.phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
