"""The card: the one shape of an order."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from server.models import Line
from server.orders import cards
from server.orders.stages import Flow
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import brought, move, placed, row

KEYS: Final = (
    "id code version location flow source stage label kind customer destination instructions "
    "lines totals payment packages placed_at due_at promised_at surfaces_at ended_at flagged "
    "issues unread text timer moved next href"
).split()


def seconds(timer: dict[str, str], upto: str) -> float:
    span = datetime.fromisoformat(timer[upto]) - datetime.fromisoformat(timer["since"])
    return span.total_seconds()


def test_every_card_has_the_same_keys_in_the_same_order(do: Do, cast: Cast) -> None:
    order = placed(do, cast)

    assert list(order) == KEYS
    assert list(move(do, order, "ready", cast.dan)) == KEYS


def test_a_card_says_in_a_few_words_what_it_is_about(do: Do, cast: Cast) -> None:
    lines = [{"name": name, "quantity": 2, "unit_price": 100} for name in "ABCDE"]

    order = placed(do, cast, lines=lines)

    assert order["text"] == {"items": "2× A, 2× B, 2× C +2", "total": "€10.00", "place": "Block C"}
    assert placed(do, cast)["text"]["items"] == "2× Burger, 1× Cola"
    assert order["href"] == f"/orders/{order['code']}"


def test_times_carry_the_offset_of_the_location(do: Do, cast: Cast) -> None:
    here, there = placed(do, cast), placed(do, cast, due_at="2026-07-01T12:00:00.123Z")

    assert here["placed_at"][-6:] in ("+02:00", "+03:00")
    assert there["due_at"] == "2026-07-01T15:00:00.123+03:00"


def test_the_first_choice_is_the_usual_next_step(do: Do, cast: Cast) -> None:
    order = brought(do, cast, Flow.DELIVERY, "incoming")

    assert order["next"] == [
        {"to": "accepted", "label": "Accepted", "kind": "work", "requires": ["prep_minutes"],
         "right": "orders.move", "back": False},
        {"to": "denied", "label": "Denied", "kind": "void", "requires": ["reason"],
         "right": "orders.cancel", "back": False},
        {"to": "cancelled", "label": "Cancelled", "kind": "void", "requires": ["reason"],
         "right": "orders.cancel", "back": False},
    ]  # fmt: skip


def test_without_a_promise_the_stage_says_when_it_is_late(do: Do, cast: Cast) -> None:
    order = placed(do, cast)

    timer = order["timer"]
    assert timer["since"] == order["placed_at"]
    assert (seconds(timer, "warn_at"), seconds(timer, "late_at")) == (300, 480)


def test_a_promise_says_when_it_is_late_and_three_quarters_of_it_when_to_warn(
    do: Do, cast: Cast
) -> None:
    order = brought(do, cast, Flow.DELIVERY, "incoming accepted")

    assert (seconds(order["timer"], "warn_at"), seconds(order["timer"], "late_at")) == (675, 900)


def test_a_due_time_is_a_promise_where_no_other_was_made(do: Do, cast: Cast) -> None:
    due = datetime.fromisoformat("2026-12-24T18:00:00+02:00")

    order = placed(do, cast, due_at=due)

    assert datetime.fromisoformat(order["timer"]["late_at"]) == due
    assert datetime.fromisoformat(order["timer"]["warn_at"]) < due


def test_the_clock_of_a_stage_starts_when_it_is_entered_and_stops_at_the_end(
    do: Do, cast: Cast
) -> None:
    ready = move(do, placed(do, cast), "ready", cast.dan)

    assert ready["timer"]["since"] == ready["moved"]["at"]
    assert move(do, ready, "fulfilled", cast.dan)["timer"] is None


@pytest.mark.parametrize(
    ("payment", "paid", "owed"),
    [
        (None, 0, 2050),
        ({"method": "cash"}, 0, 2050),
        ({"method": "card", "state": "failed"}, 0, 2050),
        ({"method": "card", "state": "done"}, 2050, 0),
    ],
)
def test_a_card_says_what_is_paid_and_what_is_owed(
    do: Do, cast: Cast, payment: dict[str, Any] | None, paid: int, owed: int
) -> None:
    order = placed(do, cast, payment=payment)

    told = order["payment"]
    assert (told["paid"]["amount"], told["owed"]["amount"]) == (paid, owed)
    assert told["method"] == (payment and payment["method"])


def test_nobody_owes_for_a_cancelled_order(do: Do, cast: Cast) -> None:
    cancelled = move(do, placed(do, cast), "cancelled", cast.dan)

    assert cancelled["payment"]["owed"]["amount"] == 0


def test_the_kept_card_is_the_one_that_would_be_made_anew(do: Do, look: Look, cast: Cast) -> None:
    order = brought(do, cast, Flow.SHIPPING, "awaiting_payment paid shipped")

    kept = row(look, order)
    lines = look(lambda session: [session.get_one(Line, (order["id"], n)) for n in (1, 2)])

    assert cards.card(kept, lines) == order


def test_a_promise_already_broken_warns_at_once(do: Do, cast: Cast) -> None:
    past = datetime.fromisoformat("2020-01-01T00:00:00+00:00")

    timer = placed(do, cast, due_at=past)["timer"]

    assert datetime.fromisoformat(timer["late_at"]) == past
    assert datetime.fromisoformat(timer["warn_at"]) < past + timedelta(days=9999)
