"""The export: every order that there is at its start exactly once, a row for each of its lines.

It is read in batches, each in a look of its own, so that it costs as much memory for a hundred
thousand orders as for a hundred, and holds up nobody. So it is not of one moment: each row says
when it was read. Orders are gone through by the time of placing, which never changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from server.clock import now
from server.errors import Invalid
from server.models import Line, Location, Order
from server.orders.boards import Filters, conditions
from server.orders.cards import local, payment
from server.orders.customs import Customs, of_locations
from server.orders.sheets import decimal, safe
from server.people import changelog
from server.people.actors import Actor, Right

BATCH: Final = 500
ROW_BYTES: Final = 330  # about; for the page to say how large the file will be
KIND: Final = "orders.exported"
HEAD: Final = (
    "Order", "Code", "Location", "Flow", "From", "External number", "Stage", "Placed at",
    "Wanted for", "Promised for", "Ended at", "Customer", "E-mail", "Phone", "To", "Instructions",
    "Line", "SKU", "Item", "Quantity", "Unit price", "Wishes", "Note", "Station", "Line total",
    "Subtotal", "Discount", "Service fee", "Tax", "Tip", "Total", "Paid", "Refunded",
    "Still to pay", "Currency", "Paid by", "Flagged", "Version", "Read at",
)  # fmt: skip
SUMS: Final = ("subtotal", "discount", "service_fee", "tax", "tip", "total")
PAYMENTS: Final = ("paid", "refunded", "owed")

NO_SUMS: Final = ("",) * len(SUMS + PAYMENTS)

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What is exported, as it was asked for at a moment."""

    filters: Filters
    at: datetime
    orders: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, and the order after which the next ones come, if there are any."""

    rows: list[Row]
    after: tuple[datetime, str] | None


def scope(session: Session, filters: Filters, *, by: Actor) -> Scope:
    """How much there is to be exported now."""
    by.require(Right.ORDERS_EXPORT)
    if filters.location is not None and filters.location not in places(session, by):
        raise Invalid(f"There is no location {filters.location}.", field="location")
    at = now()
    wanted = [*conditions(filters, by), col(Order.placed_at) <= at]
    orders = session.exec(select(func.count()).select_from(Order).where(*wanted)).one()
    joined = select(func.count()).select_from(Order).outerjoin(Line).where(*wanted)
    return Scope(filters, at, orders, session.exec(joined).one())


def note(session: Session, found: Scope, *, by: Actor) -> None:
    """Write down who takes how many orders away."""
    by.require(Right.ORDERS_EXPORT)
    asked = found.filters
    times = {"placed_after": asked.placed_after, "placed_before": asked.placed_before}
    detail = {name: at.isoformat() for name, at in times.items() if at}
    detail |= {"orders": str(found.orders), "rows": str(found.rows)}
    name = "Orders of all locations"
    if by.locations is not None:
        name = "Orders of own locations"
    if asked.location is not None:
        name = f"Orders of {session.get_one(Location, asked.location).name}"
    changelog.note(session, KIND, name, by=by, location=asked.location, detail=detail)


def batch(
    session: Session, found: Scope, after: tuple[datetime, str] | None, *, by: Actor
) -> Batch:
    """The next orders, as they are in this look."""
    by.require(Right.ORDERS_EXPORT)
    place = (col(Order.placed_at), col(Order.id))
    asked = select(Order).where(*conditions(found.filters, by), place[0] <= found.at)
    if after:
        asked = asked.where(
            (place[0] > after[0]) | ((place[0] == after[0]) & (place[1] > after[1]))
        )
    orders = session.exec(asked.order_by(*place).limit(BATCH)).all()
    rows = list(drawn(session, orders, by)) if orders else []
    last = orders[-1] if len(orders) == BATCH else None
    return Batch(rows, (last.placed_at, last.id) if last else None)


def drawn(session: Session, orders: Sequence[Order], by: Actor) -> Iterator[Row]:
    """The rows of these orders."""
    read_at, words, names = now(), of_locations(session, by.organization), places(session, by)
    lines: dict[str, list[Line | None]] = {order.id: [] for order in orders}
    asked = select(Line).where(col(Line.order_id).in_(list(lines)))
    for line in session.exec(asked.order_by(col(Line.order_id), col(Line.number))):
        lines[line.order_id].append(line)
    for order in orders:
        head = about(order, names[order.location_id], words[order.location_id])
        foot = state(order, read_at)
        for number, one in enumerate(lines[order.id] or [None]):
            sums = totals(order) if number == 0 else NO_SUMS
            yield (*head, *item(one, order.currency), *sums, *foot)


def places(session: Session, by: Actor) -> dict[int | None, str]:
    """The locations that this actor works at, and what they are called."""
    asked = select(Location.id, Location.name).where(Location.organization_id == by.organization)
    return {place: name for place, name in session.exec(asked) if by.sees(place or 0)}


def state(order: Order, read_at: datetime) -> Row:
    """How it is paid, whether it is flagged, and when that was true."""
    method, flagged = safe(order.payment_method or ""), "yes" if order.flagged else "no"
    return (order.currency, method, flagged, str(order.version), local(order, read_at) or "")


def about(order: Order, place: str, customs: Customs) -> Row:
    """What is the same for each line of an order."""
    texts = (
        place,
        order.flow,
        order.source,
        order.external_id,
        customs.label(order.flow, order.stage),
    )
    times = (order.placed_at, order.due_at, order.promised_at, order.ended_at)
    customer = (
        order.customer_name,
        order.customer_email,
        order.customer_phone,
        order.destination,
        order.instructions,
    )
    return (
        order.id,
        order.code,
        *(safe(text or "") for text in texts),
        *(local(order, at) or "" for at in times),
        *(safe(text or "") for text in customer),
    )


def item(line: Line | None, currency: str) -> Row:
    """One line; of an order that has none the cells are empty."""
    if line is None:
        return ("",) * 9
    wishes = "; ".join(
        f"{wish['quantity']}× {wish['name']}" if wish["quantity"] > 1 else wish["name"]
        for wish in line.modifiers
    )
    return (
        str(line.number),
        safe(line.sku or ""),
        safe(line.name),
        str(line.quantity),
        decimal(line.unit_price, currency),
        safe(wishes),
        safe(line.note or ""),
        safe(line.station or ""),
        decimal(line.unit_price * line.quantity, currency),
    )


def totals(order: Order) -> Row:
    """The sums of an order: on its first row only, so that a column adds up to what was sold."""
    paid = payment(order)
    amounts = [getattr(order, name) for name in SUMS] + [paid[name]["amount"] for name in PAYMENTS]
    return tuple(decimal(amount, order.currency) for amount in amounts)
