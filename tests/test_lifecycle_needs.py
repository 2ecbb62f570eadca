"""What a move requires: a reason, a parcel, a promise, a right, having seen the order."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.errors import Forbidden, Invalid, Unseen
from server.orders import lifecycle
from server.orders.forms import MoveForm
from server.orders.reasons import CancelReason, DenyReason
from server.orders.stages import Flow
from server.people.actors import Right
from tests.cast import Cast
from tests.hands import Do
from tests.journeys import brought, card, placed, told

NOTHING = MoveForm()


@pytest.mark.parametrize(
    ("flow", "way", "to"),
    [
        (Flow.ONSITE, "pending ready", "pending"),
        (Flow.ONSITE, "pending", "cancelled"),
        (Flow.DELIVERY, "incoming", "denied"),
        (Flow.TICKETS, "reserved paid return_requested", "returned"),
        (Flow.TICKETS, "reserved paid return_requested", "paid"),
    ],
)
def test_a_step_back_or_into_the_void_must_have_seen_the_order(
    do: Do, cast: Cast, flow: Flow, way: str, to: str
) -> None:
    order = brought(do, cast, flow, way)

    with pytest.raises(Unseen, match=order["code"]) as refused:
        do(lifecycle.advance, order["id"], to, told(to), by=cast.ana)

    assert refused.value.field == "If-Match"
    seen = told(to, seen=order["version"])
    assert do(lifecycle.advance, order["id"], to, seen, by=cast.ana).version == order["version"] + 1


@pytest.mark.parametrize(
    ("flow", "way", "to", "more", "field"),
    [
        (Flow.ONSITE, "pending", "cancelled", {}, "reason"),
        (Flow.ONSITE, "pending", "cancelled", {"reason": "bored"}, "reason"),
        (Flow.DELIVERY, "incoming", "cancelled", {"reason": "pricing"}, "reason"),
        (Flow.DELIVERY, "incoming", "denied", {"reason": "rain"}, "reason"),
        (Flow.SHIPPING, "awaiting_payment paid", "shipped", {"courier": "Posti"}, "tracking"),
        (Flow.SHIPPING, "awaiting_payment paid", "shipped", {"tracking": "1"}, "courier"),
    ],
)
def test_a_move_without_what_it_requires_names_it(
    do: Do, cast: Cast, flow: Flow, way: str, to: str, more: dict[str, Any], field: str
) -> None:
    order = brought(do, cast, flow, way)

    with pytest.raises(Invalid) as refused:
        do(
            lifecycle.advance,
            order["id"],
            to,
            MoveForm(**more),
            by=cast.ana,
            match=order["version"],
        )

    assert refused.value.field == field


@pytest.mark.parametrize("why", DenyReason)
def test_a_platform_order_is_denied_for_any_listed_reason(
    do: Do, cast: Cast, why: DenyReason
) -> None:
    assert {reason.value for reason in CancelReason} < {reason.value for reason in DenyReason}
    order = brought(do, cast, Flow.DELIVERY, "incoming")

    denied = card(
        do(lifecycle.advance, order["id"], "denied", MoveForm(reason=why), by=cast.ana, match=1)
    )

    assert denied["moved"]["reason"] == why


@pytest.mark.parametrize(("given", "minutes"), [(None, 15), (40, 40), (0, 0)])
def test_accepting_promises_a_time(do: Do, cast: Cast, given: int | None, minutes: int) -> None:
    order = brought(do, cast, Flow.DELIVERY, "incoming")

    form = MoveForm(prep_minutes=given)
    accepted = card(do(lifecycle.advance, order["id"], "accepted", form, by=cast.ana))

    promise = datetime.fromisoformat(accepted["promised_at"])
    assert promise - datetime.fromisoformat(accepted["moved"]["at"]) == timedelta(minutes=minutes)
    assert accepted["timer"]["late_at"] == accepted["promised_at"]


def test_shipping_writes_down_the_parcel(do: Do, cast: Cast) -> None:
    shipped = brought(do, cast, Flow.SHIPPING, "awaiting_payment paid shipped")

    (parcel,) = shipped["packages"]
    assert (parcel["courier"], parcel["tracking"]) == ("Posti", "JJFI-1")
    assert parcel["at"] == shipped["moved"]["at"]


def test_a_move_takes_the_right_to(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    mover = replace(cast.shop, scopes=frozenset({Right.ORDERS_MOVE}))
    reader = replace(cast.shop, scopes=frozenset({Right.ORDERS_READ}))

    with pytest.raises(Forbidden, match=r"orders\.cancel"):
        do(lifecycle.advance, order["id"], "cancelled", told("cancelled"), by=mover, match=1)
    with pytest.raises(Forbidden, match=r"orders\.move"):
        do(lifecycle.advance, order["id"], "ready", NOTHING, by=reader)
    assert do(lifecycle.advance, order["id"], "ready", NOTHING, by=mover).version == 2
