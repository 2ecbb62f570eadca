"""One order: its card, its history, and corrections of it."""

import pytest

from tests.callers import Caller
from tests.cast import Cast


def test_an_order_is_found_by_id_and_by_code(shop: Caller, cast: Cast) -> None:
    card = shop.place(cast.bar)

    by_id, by_code = shop.get(f"/orders/{card['id']}"), shop.get(f"/orders/{card['code'].lower()}")

    assert by_id.json() == by_code.json()
    assert {name: by_id.json()[name] for name in card} == card
    assert by_id.headers["etag"] == '"1"'


def test_the_history_tells_who_did_what(shop: Caller, cast: Cast) -> None:
    card = shop.place(cast.bar)
    shop.post(f"/orders/{card['id']}/ready")
    shop.patch(f"/orders/{card['id']}", {"instructions": "By the stairs"})

    found = shop.get(f"/orders/{card['id']}")

    told = [(e["version"], e["kind"], e["from"], e["to"]) for e in found.json()["history"]]
    assert told == [
        (1, "order.placed", None, "pending"),
        (2, "order.advanced", "pending", "ready"),
        (3, "order.changed", "ready", None),
    ]
    assert found.headers["etag"] == '"3"'
    assert found.json()["history"][2]["detail"] == {"fields": ["instructions"]}


@pytest.mark.parametrize(
    "ref",
    ["ZZZ9", "ord_01m82m2bz28yt0d31sbhngpdp1", "ord_", "%00", "a%00b", "é", "x" * 300, "' OR 1"],
)
def test_an_order_that_is_not_there(shop: Caller, ref: str) -> None:
    answer = shop.get(f"/orders/{ref}")

    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no such order."


def test_what_is_corrected_and_what_stays(shop: Caller, cast: Cast) -> None:
    card = shop.place(cast.bar, customer={"name": "Maria", "email": "m@example.org"})

    answer = shop.patch(
        f"/orders/{card['code']}",
        {"customer": {"phone": "040 1234567"}, "due_at": "2026-12-24T18:00:00Z"},
        if_match='"1"',
    )

    changed = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert changed["customer"] == {
        "name": "Maria",
        "email": "m@example.org",
        "phone": "+353401234567",
    }
    assert changed["due_at"] == "2026-12-24T20:00:00.000+02:00"
    assert changed["lines"] == card["lines"]


def test_a_correction_that_changes_nothing(shop: Caller, cast: Cast) -> None:
    card = shop.place(cast.bar, instructions="Hot")

    answer = shop.patch(f"/orders/{card['code']}", {"instructions": "Hot"})

    assert answer.json() == {**card, "noop": True}
    assert answer.headers["etag"] == '"1"'


def test_the_promise_may_be_given_in_minutes(shop: Caller, cast: Cast) -> None:
    card = shop.place(cast.bar)

    promised = shop.patch(f"/orders/{card['code']}", {"prep_minutes": 20})
    both = shop.patch(
        f"/orders/{card['code']}", {"prep_minutes": 5, "promised_at": "2026-12-24T18:00:00Z"}
    )

    assert promised.json()["promised_at"] > card["placed_at"]
    assert (both.status_code, both.json()["field"]) == (422, "prep_minutes")


def test_customer_and_destination_take_the_version_that_was_seen(shop: Caller, cast: Cast) -> None:
    card = shop.place(cast.bar)

    answer = shop.patch(f"/orders/{card['code']}", {"destination": "Block D"})

    assert answer.status_code == 428
    assert answer.json()["field"] == "If-Match"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"stage": "ready"}, "stage"),
        ({"customer": {"email": "nobody"}}, "customer.email"),
        ({"customer": {"phone": "12"}}, "customer.phone"),
        ({"destination": 5}, "destination"),
        ({"instructions": "x" * 501}, "instructions"),
        ({"prep_minutes": -1}, "prep_minutes"),
        ({"promised_at": "2026-12-24"}, "promised_at"),
    ],
)
def test_what_does_not_fit_is_named(
    shop: Caller, cast: Cast, change: dict[str, object], field: str
) -> None:
    card = shop.place(cast.bar)

    answer = shop.patch(f"/orders/{card['code']}", change, if_match='"1"')

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert shop.card(card["code"])["version"] == 1
