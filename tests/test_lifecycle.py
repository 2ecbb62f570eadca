"""Moving orders through their stages."""

from dataclasses import replace
from datetime import datetime, timedelta

import orjson
import pytest

from server.errors import Conflict, Invalid, NotFound, Stale
from server.orders import boards, lifecycle
from server.orders.forms import MoveForm
from server.orders.stages import Flow, Short
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
