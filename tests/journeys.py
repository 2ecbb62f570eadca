"""Orders on their way: placed, and brought to any stage of any flow."""

from typing import Any, Final

import orjson

from server.models import Order
from server.orders import intake, lifecycle
from server.orders.changes import Outcome
from server.orders.forms import MoveForm
from server.orders.stages import Flow
from server.people.actors import Actor
from tests.cast import Cast, wish
from tests.hands import Do, Look

Card = dict[str, Any]

WAYS: Final = {
    Flow.ONSITE: ("pending ready fulfilled", "pending fulfilled", "pending cancelled"),
    Flow.DELIVERY: (
        "incoming accepted bagging ready picked_up completed",
        "incoming denied",
        "incoming accepted ready",
        "incoming cancelled",
    ),
    Flow.TICKETS: (
        "reserved paid return_requested returned",
        "invoicing",
        "reserved cancelled return_requested",
    ),
    Flow.SHIPPING: (
        "awaiting_payment paid ready_for_pickup completed",
        "awaiting_payment paid shipped",
        "awaiting_payment cancelled",
    ),
    Flow.MARKETPLACE: (
        "pending processing awaiting_pickup received",
        "pending processing awaiting_delivery",
        "pending cancelled",
    ),
}


def card(outcome: Outcome) -> Card:
    """The card of an outcome, decoded."""
    whole: Card = orjson.loads(outcome.card)
    return whole


def placed(do: Do, cast: Cast, location: int | None = None, **more: Any) -> Card:
    """An order just placed, at the bar if nowhere else."""
    return card(do(intake.place, wish(location or cast.bar, **more), by=cast.shop))


def told(to: str, **more: Any) -> MoveForm:
    """Everything a move to that stage requires, and more."""
    needs: dict[str, Any] = {}
    if to in ("cancelled", "denied"):
        needs["reason"] = "too_busy"
    if to == "shipped":
        needs |= {"courier": "Posti", "tracking": "JJFI-1"}
    return MoveForm.model_validate(needs | more)


def move(do: Do, order: Card, to: str, by: Actor) -> Card:
    """Move an order on, having seen it as it is."""
    seen = order["version"]
    return card(do(lifecycle.advance, order["id"], to, told(to), by=by, match=seen))


def brought(do: Do, cast: Cast, flow: Flow, way: str) -> Card:
    """An order that has come this way: the stages it passed, the first and the last included."""
    first, *others = way.split()
    payment = {"payment": {"method": "invoice"}} if first == "invoicing" else {}
    order = placed(do, cast, cast.places[flow], **payment)
    assert order["stage"] == first
    for stage in others:
        order = move(do, order, stage, cast.ana)
    return order


def row(look: Look, order: Card) -> Order:
    """The row of an order."""
    return look(lambda session: session.get_one(Order, order["id"]))
