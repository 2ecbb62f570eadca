"""Moving orders: to named stages, by short words, and back."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from starlette.testclient import TestClient

from server.clock import now
from server.orders.stages import PLANS, SHORT, Flow, Kind
from server.people.actors import Right
from tests.callers import Caller
from tests.cast import Cast
from tests.hands import Do

PARCEL = {"courier": "Matkahuolto", "tracking": "MH123"}
ON_THE_WAY: dict[tuple[str, str], list[Any]] = {
    ("delivery", "ready"): ["accept"],
    ("delivery", "complete"): ["accept", "ready", {"to": "picked_up"}],
    ("shipping", "ready"): [{"to": "paid"}],
    ("shipping", "complete"): [{"to": "paid"}, {"to": "shipped", **PARCEL}],
    ("marketplace", "ready"): ["accept"],
    ("marketplace", "complete"): ["accept", "ready"],
}
WORDS = [(flow, word, to) for flow, words in SHORT.items() for word, to in words.items()]


@pytest.mark.parametrize(("flow", "word", "to"), WORDS)
def test_a_short_word_means_a_stage_in_every_flow(
    shop: Caller, cast: Cast, flow: Flow, word: str, to: str
) -> None:
    path = f"/orders/{shop.place(cast.places[flow])['id']}"
    for step in ON_THE_WAY.get((flow, word), []):
        done = (
            shop.post(f"{path}/{step}")
            if isinstance(step, str)
            else shop.post(f"{path}/advance", step)
        )
        assert done.status_code == 200, done.text
    version = shop.get(path).json()["version"]

    answer = shop.post(f"{path}/{word}", {"reason": "other", "seen": version})

    assert (answer.status_code, answer.json()["stage"]) == (200, to)
    assert answer.headers["etag"] == f'"{version + 1}"'


def test_short_words_lead_to_stages_of_their_kind() -> None:
    kinds = {"ready": Kind.READY, "complete": Kind.DONE, "cancel": Kind.VOID, "deny": Kind.VOID}

    for flow, word, to in WORDS:
        assert PLANS[flow].stages[to].kind is kinds.get(word, Kind.WORK)


def test_a_word_that_a_flow_does_not_have(shop: Caller, cast: Cast) -> None:
    card = shop.place(cast.bar)

    answer = shop.post(f"/orders/{card['code']}/accept")

    assert answer.status_code == 409
    assert answer.json()["order"] == card


def test_moving_on_needs_no_body(shop: Caller, cast: Cast) -> None:
    card = shop.place(cast.bar)

    answer = shop.post(f"/orders/{card['code']}/ready")

    assert answer.json()["moved"]["by"] == "Web shop"
    assert answer.json()["moved"]["from"] == "pending"


def test_what_was_there_already_stays(shop: Caller, cast: Cast) -> None:
    path = f"/orders/{shop.place(cast.bar)['code']}"
    first = shop.post(f"{path}/advance", {"to": "ready"})

    again = shop.post(f"{path}/advance", {"to": "ready"})

    assert again.json() == {**first.json(), "noop": True}
    assert again.headers["etag"] == first.headers["etag"]


def test_an_illegal_move_shows_the_order_and_the_ways_on(shop: Caller, cast: Cast) -> None:
    card = shop.place(cast.kitchen)

    answer = shop.post(f"/orders/{card['code']}/advance", {"to": "bagging"})

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (409, "/problems/conflict")
    assert problem["order"] == card
    assert "Accepted" in problem["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "to"),
        ({"to": ""}, "to"),
        ({"to": "delicious"}, "to"),
        ({"to": 5}, "to"),
        ({"to": "ready", "seen": "1"}, "seen"),
        ({"to": "ready", "seen": 2**31}, "seen"),
        ({"to": "ready", "tapped_at": "now"}, "tapped_at"),
        ({"to": "ready", "force": True}, "force"),
        ({"to": "cancelled", "seen": 1}, "reason"),
        ({"to": "cancelled", "seen": 1, "reason": "boredom"}, "reason"),
    ],
)
def test_what_does_not_fit_is_named(
    shop: Caller, cast: Cast, body: dict[str, object], field: str
) -> None:
    card = shop.place(cast.bar)

    answer = shop.post(f"/orders/{card['code']}/advance", body)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert shop.card(card["code"])["version"] == 1


def test_a_parcel_needs_courier_and_tracking(shop: Caller, cast: Cast) -> None:
    path = f"/orders/{shop.place(cast.store)['code']}/advance"
    shop.post(path, {"to": "paid"})

    bare = shop.post(path, {"to": "shipped", "courier": "Matkahuolto"})
    whole = shop.post(path, {"to": "shipped", **PARCEL})

    assert (bare.status_code, bare.json()["field"]) == (422, "tracking")
    assert whole.json()["packages"][0]["tracking"] == "MH123"


def test_accepting_promises_a_time(shop: Caller, cast: Cast) -> None:
    card = shop.place(cast.kitchen)

    accepted = shop.post(f"/orders/{card['code']}/accept", {"prep_minutes": 25}).json()

    assert accepted["promised_at"] > card["placed_at"]


def test_the_last_move_is_taken_back(shop: Caller, cast: Cast) -> None:
    card = shop.place(cast.bar)
    shop.post(f"/orders/{card['code']}/ready")

    undone = shop.post(f"/orders/{card['code']}/undo", if_match='"2"')

    assert (undone.status_code, undone.headers["etag"]) == (200, '"3"')
    assert (undone.json()["stage"], undone.json()["moved"]) == ("pending", None)


@pytest.mark.parametrize("named", [{"if_match": '"1"'}, {"body": {"seen": 1}}])
def test_only_the_move_that_was_seen_is_taken_back(
    shop: Caller, cast: Cast, named: dict[str, str]
) -> None:
    card = shop.place(cast.bar)
    shop.post(f"/orders/{card['code']}/ready")

    answer = shop.post(f"/orders/{card['code']}/undo", **named)

    assert (answer.status_code, answer.json()["order"]["stage"]) == (412, "ready")


def test_nothing_is_taken_back_twice_or_late(shop: Caller, cast: Cast) -> None:
    path = f"/orders/{shop.place(cast.bar)['code']}"
    never = shop.post(f"{path}/undo")
    shop.post(f"{path}/ready")
    shop.post(f"{path}/undo")
    twice = shop.post(f"{path}/undo")
    shop.post(f"{path}/ready")
    with time_machine.travel(now() + timedelta(seconds=9), tick=False):
        late = shop.post(f"{path}/undo")

    assert (never.status_code, twice.status_code, late.status_code) == (409, 409, 409)
    assert shop.get(path).json()["stage"] == "ready"


def test_who_may_only_cancel(client: TestClient, do: Do, shop: Caller, cast: Cast) -> None:
    path = f"/orders/{shop.place(cast.bar)['code']}"
    canceller = Caller.limited(client, do, cast.harbour, Right.ORDERS_CANCEL)

    moved = canceller.post(f"{path}/advance", {"to": "ready"})
    ready = canceller.post(f"{path}/ready")
    cancelled = canceller.post(
        f"{path}/advance", {"to": "cancelled", "reason": "other"}, if_match='"1"'
    )

    assert (moved.status_code, ready.status_code, cancelled.status_code) == (403, 403, 200)
    assert "orders.move" in moved.json()["detail"]
