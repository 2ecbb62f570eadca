"""The card: the one shape in which an order is stored, answered, sent and drawn.

`contents` is what was ordered, `standing` is where it stands now; a move renews only the latter.
The stored card is the staff's. Displays and pick-up screens see a projection of it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from server.events import Audience
from server.models import Line, Order
from server.money import money, shown
from server.orders.stages import PLANS, Flow, Kind, Move

Card = dict[str, Any]

ITEMS_SHOWN: Final = 3
WARN_SHARE: Final = 0.75  # of the time to the promise
WAITING: Final = frozenset({Kind.NEW, Kind.HOLD})  # kinds of stages in which an order is not begun

DISPLAY: Final = (
    "id code version location flow source stage label kind instructions lines "
    "placed_at due_at promised_at surfaces_at ended_at flagged timer"
).split()
PICKUP: Final = "id code version location stage label kind".split()
ON_DISPLAY_LINE: Final = "id name sku quantity modifiers note station done".split()
BUYER: Final = (
    "id code version flow stage label kind totals packages placed_at due_at promised_at ended_at"
).split()
ON_BUYERS_LINE: Final = "id name quantity unit_price modifiers".split()
CONTACT: Final = re.compile(r"\S+@\S+|\+?\(?\d(?:[\s().–—/-]{0,3}\d){6,}")


def card(order: Order, lines: Sequence[Line]) -> Card:
    """The whole card, as the staff of its location see it."""
    return {**contents(order, lines), **standing(order)}


def renewed(order: Order, lines: Sequence[Line]) -> Card:
    """The whole card of an order that has one already: what lies over it stays."""
    before = orjson.loads(order.card)
    return card(order, lines) | {name: before[name] for name in ("issues", "unread")}


def contents(order: Order, lines: Sequence[Line]) -> Card:
    """What was ordered, by whom, for where; and in this order the keys stay."""
    return {
        "id": order.id,
        "code": order.code,
        "version": order.version,
        "location": order.location_id,
        "flow": order.flow,
        "source": order.source,
        "stage": order.stage,
        "label": "",
        "kind": order.kind,
        "customer": {
            "name": order.customer_name,
            "email": order.customer_email,
            "phone": order.customer_phone,
        },
        "destination": order.destination,
        "instructions": order.instructions,
        "lines": [line_of(line, order.currency) for line in lines],
        "totals": {
            name: money(getattr(order, name), order.currency)
            for name in ("subtotal", "discount", "service_fee", "tax", "tip", "total")
        },
        "payment": {},
        "packages": [],
        "placed_at": local(order, order.placed_at),
        "due_at": None,
        "promised_at": None,
        "surfaces_at": None,
        "ended_at": None,
        "flagged": order.flagged,
        "issues": [],
        "unread": 0,
        "text": {
            "items": items(lines),
            "total": shown(order.total, order.currency, order.locale),
            "place": order.destination or "",
        },
        "timer": None,
        "moved": None,
        "next": [],
        "href": f"/orders/{order.code}",
    }


def standing(order: Order) -> Card:
    """Where the order stands now."""
    plan = PLANS[Flow(order.flow)]
    return {
        "version": order.version,
        "stage": order.stage,
        "label": plan.stages[order.stage].label,
        "kind": order.kind,
        "payment": payment(order),
        "packages": order.packages,
        "due_at": local(order, order.due_at),
        "promised_at": local(order, order.promised_at),
        "surfaces_at": local(order, surfacing(order)),
        "ended_at": local(order, order.ended_at),
        "timer": timer(order),
        "moved": moved(order),
        "next": [choice(order, move) for move in plan.moves_from(order.stage, order.trail)],
    }


def payment(order: Order) -> Card:
    """What came in, what went back, and what the customer still owes."""
    owed = max(order.total - order.paid, 0) if order.kind != "void" else 0
    return {
        "paid": money(order.paid, order.currency),
        "refunded": money(order.refunded, order.currency),
        "owed": money(owed, order.currency),
        "method": order.payment_method,
        "deadline": local(order, order.payment_deadline),
    }


def surfacing(order: Order) -> datetime | None:
    """Until when the order is only scheduled, unless somebody has begun with it before."""
    waits = order.kind in WAITING and order.surfaced_at is None
    return order.surfaces_at if waits else None


def begun(order: Order) -> datetime:
    """When the present stage began: a scheduled order's first one only once it surfaced."""
    came = order.surfaced_at or order.surfaces_at
    return max(order.entered_at, came) if came and order.kind in WAITING else order.entered_at


def timer(
    order: Order, warn_seconds: int | None = None, late_seconds: int | None = None
) -> Card | None:
    """When the present stage began, and from when it is due soon and late."""
    if not order.open:
        return None
    stage = PLANS[Flow(order.flow)].stages[order.stage]
    since = begun(order)
    promise = order.promised_at or order.due_at
    late = promise or since + timedelta(seconds=late_seconds or stage.late_seconds)
    warn = since + (late - since) * WARN_SHARE
    if promise is None:
        warn = since + timedelta(seconds=warn_seconds or stage.warn_seconds)
    times = {"since": since, "warn_at": warn, "late_at": late}
    return {name: local(order, at) for name, at in times.items()}


def moved(order: Order) -> Card | None:
    """The last move: when, by whom, from where, and until when it can be undone."""
    if order.moved_at is None:
        return None
    until = datetime.fromisoformat(order.undo["until"]) if order.undo else None
    return {
        "at": local(order, order.moved_at),
        "by": order.moved_by,
        "from": order.moved_from,
        "reason": order.moved_reason,
        "message": order.moved_message,
        "undo_until": local(order, until),
    }


def choice(order: Order, move: Move) -> Card:
    """A legal next stage, with what it takes to go there."""
    stage = PLANS[Flow(order.flow)].stages[move.to]
    return {
        "to": move.to,
        "label": stage.label,
        "kind": stage.kind.value,
        "requires": list(move.requires),
        "right": move.right.value,
        "back": move.back,
    }


def line_of(line: Line, currency: str) -> Card:
    """One line of the card."""
    return {
        "id": line.number,
        "name": line.name,
        "sku": line.sku,
        "quantity": line.quantity,
        "unit_price": money(line.unit_price, currency),
        "modifiers": [{**m, "price": money(m["price"], currency)} for m in line.modifiers],
        "note": line.note,
        "station": line.station,
        "done": line.done,
    }


def items(lines: Sequence[Line]) -> str:
    """The lines in a few words: 2× Burger, 1× Cola +1."""
    first = ", ".join(f"{line.quantity}× {line.name}" for line in lines[:ITEMS_SHOWN])
    return first + (f" +{len(lines) - ITEMS_SHOWN}" if len(lines) > ITEMS_SHOWN else "")


def local(order: Order, at: datetime | None) -> str | None:
    """A time with the offset of the order's location (RFC 3339, milliseconds)."""
    return at.astimezone(zone(order.timezone)).isoformat(timespec="milliseconds") if at else None


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The time zone of that name."""
    return ZoneInfo(name)


def project(audience: Audience, staff_card: bytes) -> bytes:
    """What an audience may see of a card."""
    if audience is Audience.STAFF:
        return staff_card
    whole: Card = orjson.loads(staff_card)
    if "gone" in whole:
        return staff_card
    return orjson.dumps(PROJECTIONS[audience](whole))


def on_display(whole: Card) -> Card:
    """What those who prepare it need: no way to reach the customer, no money."""
    seen = {name: whole[name] for name in DISPLAY}
    seen["customer"] = {"name": without_contacts(whole["customer"]["name"])}
    seen["instructions"] = without_contacts(whole["instructions"])
    seen["lines"] = [
        {name: line[name] for name in ON_DISPLAY_LINE} | {"note": without_contacts(line["note"])}
        for line in whole["lines"]
    ]
    for line in seen["lines"]:
        line["modifiers"] = [
            {"name": without_contacts(m["name"]), "quantity": m["quantity"]}
            for m in line["modifiers"]
        ]
    seen["text"] = {"items": whole["text"]["items"]}
    return seen


def at_pickup(whole: Card) -> Card:
    """What everybody in the room may read: the code and its stage."""
    return {name: whole[name] for name in PICKUP}


def for_buyer(whole: Card) -> Card:
    """What customers see of their own order: nobody who works on it, nothing that is said of it,
    and no way to reach anybody, since links are passed on."""
    seen = {name: whole[name] for name in BUYER}
    seen["customer"] = {"name": without_contacts(whole["customer"]["name"])}
    seen["lines"] = [{name: line[name] for name in ON_BUYERS_LINE} for line in whole["lines"]]
    for line in seen["lines"]:
        line["modifiers"] = [m | {"name": without_contacts(m["name"])} for m in line["modifiers"]]
    seen["payment"] = {name: whole["payment"][name] for name in ("paid", "refunded", "owed")}
    told = whole["moved"]["message"] if whole["kind"] == "void" and whole["moved"] else None
    text = {name: without_contacts(words) for name, words in whole["text"].items()}
    return seen | {"message": without_contacts(told), "text": text}


PROJECTIONS: Final[Mapping[Audience, Callable[[Card], Card]]] = {
    Audience.DISPLAY: on_display,
    Audience.PICKUP: at_pickup,
    Audience.BUYER: for_buyer,
}


def without_contacts(text: str | None) -> str | None:
    """Free text with addresses and telephone numbers taken out."""
    return CONTACT.sub("•••", text) if text else text
