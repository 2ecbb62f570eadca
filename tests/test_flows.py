"""Every pair of stages of every flow, tried on real orders: legal, or refused and unchanged."""

from itertools import accumulate

import pytest

from server.errors import Conflict
from server.orders import lifecycle
from server.orders.stages import PLANS, Flow
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import WAYS, brought, card, told
from tests.test_stages import legal

STOPS = [
    (flow, stop)
    for flow, ways in WAYS.items()
    for stop in dict.fromkeys(
        stop for way in ways for stop in accumulate(way.split(), "{} {}".format)
    )
]


def test_the_ways_lead_to_every_stage_that_a_move_can_reach() -> None:
    reached = {(flow, stop.split()[-1]) for flow, stop in STOPS}

    every = {(flow, stage) for flow, plan in PLANS.items() for stage in plan.stages}
    assert every - reached == {(Flow.ONSITE, "resolved")}  # by resolving its last issue


@pytest.mark.parametrize(("flow", "way"), STOPS)
def test_an_order_goes_wherever_the_table_allows(do: Do, cast: Cast, flow: Flow, way: str) -> None:
    for to in allowed(flow, way):
        order = brought(do, cast, flow, way)
        seen = order["version"]

        moved = do(lifecycle.advance, order["id"], to, told(to), by=cast.ana, match=seen)

        assert (card(moved)["stage"], moved.version) == (to, seen + 1)


@pytest.mark.parametrize(("flow", "way"), STOPS)
def test_an_order_goes_nowhere_else_and_stays_as_it_is(
    do: Do, look: Look, cast: Cast, flow: Flow, way: str
) -> None:
    order = brought(do, cast, flow, way)
    seen = order["version"]

    for to in PLANS[flow].stages.keys() - allowed(flow, way) - {order["stage"]}:
        with pytest.raises(Conflict, match=order["code"]):
            do(lifecycle.advance, order["id"], to, told(to), by=cast.ana, match=seen)
    here = do(lifecycle.advance, order["id"], order["stage"], told(""), by=cast.ana, match=seen)

    assert {choice["to"] for choice in order["next"]} == allowed(flow, way)
    assert here.noop
    assert card(here) == order


def allowed(flow: Flow, way: str) -> set[str]:
    """Where an order that came this way may go."""
    *before, stage = way.split()
    return legal(flow, stage, before[-1] if before else None)
