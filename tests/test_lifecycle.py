"""Moving orders through their stages."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from server.errors import Conflict, Forbidden, Invalid, NotFound, Stale, Unseen
from server.orders import boards, lifecycle
from server.orders.forms import MoveForm
from server.orders.stages import CancelReason, DenyReason, Flow, Short
from server.people.actors import Right
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import brought, card, move, placed, told

NOTHING = MoveForm()


def test_a_move_gives_the_order_its_next_version_and_everybody_the_whole_card(
    do: Do, cast: Cast
) -> None:
    order = placed(do, cast)

    moved = do(lifecycle.advance, order["id"], "ready", NOTHING, by=cast.dan, match=1)

    rung = do.bell.rung[-1]
    assert (rung.kind, rung.offset, rung.thing) == ("order.advanced", 2, moved.card)
    assert (rung.by, rung.counts) == (b'{"name":"Dan","device":null}', b'{"ready":1}')
    after = card(moved)
    assert (after["version"], after["stage"], after["label"]) == (2, "ready", "Ready")
    assert after["lines"] == order["lines"]


def test_a_move_says_who_made_it_when_and_until_when_it_can_be_undone(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    form = MoveForm(reason="out_of_stock", message="Sorry!")

    told_of = card(do(lifecycle.advance, order["id"], "cancelled", form, by=cast.ben, match=1))

    moved = told_of["moved"]
    assert (moved["by"], moved["from"]) == ("Ben", "pending")
    assert (moved["reason"], moved["message"]) == ("out_of_stock", "Sorry!")
    span = datetime.fromisoformat(moved["undo_until"]) - datetime.fromisoformat(moved["at"])
    assert span == timedelta(seconds=8)
    assert told_of["ended_at"] == moved["at"]


def test_the_history_tells_every_move(do: Do, look: Look, cast: Cast) -> None:
    order = move(do, placed(do, cast), "ready", cast.dan)
    move(do, order, "cancelled", replace(cast.ben, device="Bar tablet"))

    _, history = look(boards.order, order["code"], by=cast.ana)

    steps = [
        (one["version"], one["kind"], one["from"], one["to"], one["detail"]) for one in history
    ]
    assert steps == [
        (1, "order.placed", None, "pending", {}),
        (2, "order.advanced", "pending", "ready", {}),
        (3, "order.advanced", "ready", "cancelled", {"reason": "too_busy"}),
    ]
    assert history[2]["by"] == {"name": "Ben", "role": "manager", "device": "Bar tablet"}


@pytest.mark.parametrize("spelled", ["id", "code", "lower"])
def test_an_order_is_named_by_id_or_by_code(do: Do, cast: Cast, spelled: str) -> None:
    order = placed(do, cast)
    ref = order["code"].lower() if spelled == "lower" else order[spelled]

    assert do(lifecycle.advance, ref, "ready", NOTHING, by=cast.ana).version == 2


@pytest.mark.parametrize(
    "ref", ["ord_nothing", "K000", "", "ord_\x00", "\x00", "\ud800", "é" * 999]
)
def test_a_name_of_no_order_is_not_found(do: Do, look: Look, cast: Cast, ref: str) -> None:
    with pytest.raises(NotFound):
        do(lifecycle.advance, ref, "ready", NOTHING, by=cast.ana)
    with pytest.raises(NotFound):
        look(boards.order, ref, by=cast.ana)


def test_a_version_that_is_gone_is_refused_with_the_order_as_it_is(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    ready = do(lifecycle.advance, order["id"], "ready", NOTHING, by=cast.dan)

    with pytest.raises(Stale, match=f"{order['code']}.* Dan .* Ready") as refused:
        do(lifecycle.advance, order["id"], "fulfilled", NOTHING, by=cast.ana, match=1)

    assert refused.value.more["order"] == ready.card
    assert refused.value.more["changed"]["by"] == "Dan"
    assert refused.value.more["changed"]["at"] >= card(ready)["moved"]["at"]


def test_a_move_to_where_the_order_is_changes_nothing(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    ready = do(lifecycle.advance, order["id"], "ready", NOTHING, by=cast.dan)

    again = do(lifecycle.advance, order["id"], "ready", NOTHING, by=cast.ana, match=1)

    assert (again.noop, again.card, again.version) == (True, ready.card, 2)
    assert len(do.bell.rung) == 2


def test_a_stage_the_flow_does_not_know_is_named(do: Do, cast: Cast) -> None:
    order = placed(do, cast)

    with pytest.raises(Invalid, match="onsite") as refused:
        do(lifecycle.advance, order["id"], "shipped", NOTHING, by=cast.ana)

    assert refused.value.field == "to"


def test_an_illegal_move_says_what_is_possible(do: Do, cast: Cast) -> None:
    order = brought(do, cast, Flow.DELIVERY, "incoming accepted")

    with pytest.raises(Conflict, match="Bagging, Ready, Cancelled") as refused:
        do(lifecycle.advance, order["id"], "completed", NOTHING, by=cast.ana)

    assert orjson.loads(refused.value.more["order"]) == order


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


@pytest.mark.parametrize(
    ("flow", "way", "word", "stage"),
    [
        (Flow.ONSITE, "pending", Short.READY, "ready"),
        (Flow.ONSITE, "pending", Short.COMPLETE, "fulfilled"),
        (Flow.DELIVERY, "incoming", Short.ACCEPT, "accepted"),
        (Flow.DELIVERY, "incoming", Short.DENY, "denied"),
        (Flow.TICKETS, "reserved", Short.COMPLETE, "paid"),
        (Flow.SHIPPING, "awaiting_payment paid", Short.READY, "ready_for_pickup"),
        (Flow.MARKETPLACE, "pending", Short.ACCEPT, "processing"),
        (Flow.MARKETPLACE, "pending", Short.CANCEL, "cancelled"),
    ],
)
def test_a_short_word_moves_an_order_of_any_flow(
    do: Do, cast: Cast, flow: Flow, way: str, word: Short, stage: str
) -> None:
    order = brought(do, cast, flow, way)
    seen = order["version"]

    moved = do(lifecycle.shortly, order["id"], word, told(stage), by=cast.ana, match=seen)

    assert card(moved)["stage"] == stage


def test_a_short_word_that_means_nothing_here_is_refused(do: Do, cast: Cast) -> None:
    order = placed(do, cast)

    with pytest.raises(Conflict, match="accept"):
        do(lifecycle.shortly, order["id"], Short.ACCEPT, NOTHING, by=cast.ana)
