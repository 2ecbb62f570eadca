"""The flows, against the table of the plan, written down here a second time by hand."""

from typing import Final

import pytest

from server.orders.stages import OPEN, PLANS, Flow, Kind, Move, Plan, Source, first
from server.people.actors import Right

F: Final = Flow
KINDS: Final = {
    F.ONSITE: "pending:new ready:ready fulfilled:done resolved:done cancelled:void",
    F.DELIVERY: "incoming:new accepted:work bagging:work ready:ready picked_up:out"
    " completed:done cancelled:void denied:void",
    F.TICKETS: "reserved:hold invoicing:hold paid:done cancelled:void"
    " return_requested:work returned:void",
    F.SHIPPING: "awaiting_payment:hold paid:new ready_for_pickup:ready shipped:out"
    " completed:done cancelled:void",
    F.MARKETPLACE: "pending:new processing:work awaiting_pickup:ready awaiting_delivery:out"
    " received:done cancelled:void",
}
AHEAD: Final = {
    F.ONSITE: {"pending": "ready fulfilled cancelled", "ready": "fulfilled cancelled"},
    F.DELIVERY: {
        "incoming": "accepted denied cancelled",
        "accepted": "bagging ready cancelled",
        "bagging": "ready cancelled",
        "ready": "picked_up cancelled",
        "picked_up": "completed",
    },
    F.TICKETS: {
        "reserved": "paid cancelled",
        "invoicing": "paid cancelled",
        "paid": "cancelled return_requested",
        "cancelled": "return_requested",
        "return_requested": "returned",
    },
    F.SHIPPING: {
        "awaiting_payment": "paid cancelled",
        "paid": "shipped ready_for_pickup cancelled",
        "ready_for_pickup": "completed shipped cancelled",
        "shipped": "completed",
    },
    F.MARKETPLACE: {
        "pending": "processing cancelled",
        "processing": "awaiting_pickup awaiting_delivery cancelled",
        "awaiting_pickup": "received cancelled",
        "awaiting_delivery": "received cancelled",
    },
}
BACK: Final = {  # only to the stage the order came from
    F.ONSITE: {"ready": "pending", "fulfilled": "ready pending"},
    F.DELIVERY: {"bagging": "accepted", "ready": "bagging accepted", "picked_up": "ready"},
    F.TICKETS: {"return_requested": "paid cancelled"},
    F.SHIPPING: {},
    F.MARKETPLACE: {"processing": "pending"},
}
NEEDED: Final = {"cancelled": ("reason",), "denied": ("reason",), "accepted": ("prep_minutes",)}
PLACES: Final = [(flow, stage) for flow, plan in PLANS.items() for stage in plan.stages]


def legal(flow: Flow, stage: str, came_from: str | None) -> set[str]:
    """The stages the table allows next."""
    back = set(BACK[flow].get(stage, "").split()) & {came_from}
    return set(AHEAD[flow].get(stage, "").split()) | {to for to in back if to}


def moves(plan: Plan) -> list[Move]:
    return [move for group in plan.moves.values() for move in group]


@pytest.mark.parametrize("flow", Flow)
def test_every_flow_has_its_stages_of_their_kinds(flow: Flow) -> None:
    stages = [f"{stage.key}:{stage.kind}" for stage in PLANS[flow].stages.values()]

    assert " ".join(stages) == KINDS[flow]


@pytest.mark.parametrize(("flow", "stage"), PLACES)
def test_from_every_stage_exactly_the_moves_of_the_table_are_legal(flow: Flow, stage: str) -> None:
    plan = PLANS[flow]

    for came_from in (None, *plan.stages):
        trail = [came_from] if came_from else []
        found = {to for to in plan.stages if plan.move(stage, to, trail)}
        assert found == legal(flow, stage, came_from)
        assert {move.to for move in plan.moves_from(stage, trail)} == found


@pytest.mark.parametrize("flow", Flow)
def test_every_move_requires_what_the_table_says(flow: Flow) -> None:
    for move in moves(PLANS[flow]):
        parcel = ("courier", "tracking") if move.to == "shipped" else ()
        needed = () if move.back else NEEDED.get(move.to, parcel)
        assert move.requires == needed


@pytest.mark.parametrize("flow", Flow)
def test_ending_an_order_unfulfilled_takes_the_right_to_cancel(flow: Flow) -> None:
    for move in moves(PLANS[flow]):
        ending = move.to in ("cancelled", "denied")
        assert move.right is (Right.ORDERS_CANCEL if ending else Right.ORDERS_MOVE)


@pytest.mark.parametrize(("flow", "stage"), PLACES)
def test_the_first_move_of_an_open_stage_leads_onward(flow: Flow, stage: str) -> None:
    plan = PLANS[flow]

    if plan.stages[stage].open:
        primary = plan.moves_from(stage, [])[0]
        assert not primary.back
        assert plan.stages[primary.to].kind is not Kind.VOID or flow is F.TICKETS


@pytest.mark.parametrize(("flow", "stage"), PLACES)
def test_open_stages_grow_old_and_ended_ones_do_not(flow: Flow, stage: str) -> None:
    told = PLANS[flow].stages[stage]

    assert told.open is (told.kind in OPEN)
    assert (0 < told.warn_seconds < told.late_seconds) is told.open
    assert told.label


@pytest.mark.parametrize(
    ("flow", "source", "paid", "method", "taken", "stage"),
    [
        (F.ONSITE, Source.ONLINE_STORE, True, "card", True, "pending"),
        (F.DELIVERY, Source.UBER_EATS, True, "platform", False, "incoming"),
        (F.TICKETS, Source.EVENT_SHOP, True, "card", True, "paid"),
        (F.TICKETS, Source.EVENT_SHOP, False, "invoice", True, "invoicing"),
        (F.TICKETS, Source.EVENT_SHOP, False, None, True, "reserved"),
        (F.SHIPPING, Source.ONLINE_STORE, False, "bank_transfer", False, "awaiting_payment"),
        (F.SHIPPING, Source.ONLINE_STORE, True, "card", True, "paid"),
        (F.SHIPPING, Source.REGISTER, True, "cash", True, "completed"),
        (F.SHIPPING, Source.REGISTER, True, "cash", False, "paid"),
        (F.SHIPPING, Source.REGISTER, False, "cash", True, "awaiting_payment"),
        (F.MARKETPLACE, Source.MARKETPLACE, False, "invoice", False, "pending"),
    ],
)
def test_an_order_is_placed_into_the_stage_its_payment_asks_for(
    flow: Flow, source: Source, paid: bool, method: str | None, taken: bool, stage: str
) -> None:
    assert first(flow, source, paid=paid, method=method, taken=taken) == stage
