"""Lists and counts of orders."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.callers import Caller
from tests.cast import Cast


def codes(listed: dict[str, Any]) -> set[str]:
    return {card["code"] for card in listed["orders"]}


@pytest.fixture
def placed(shop: Caller, cast: Cast) -> Sequence[str]:
    """Pending and fulfilled at the bar, ready in the kitchen, paid in the store."""
    bar, done = shop.place(cast.bar), shop.place(cast.bar, source="register")
    kitchen = shop.place(cast.kitchen, customer={"name": "Nils", "email": "nils@example.org"})
    store = shop.place(cast.store, payment={"method": "card", "state": "done"})
    shop.post(f"/orders/{done['code']}/complete")
    shop.post(f"/orders/{kitchen['code']}/accept")
    shop.post(f"/orders/{kitchen['code']}/ready")
    return [card["code"] for card in (bar, done, kitchen, store)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [0, 1, 2, 3]),
        ("stage=ready", [2]),
        ("stage=bagging", []),
        ("source=register", [1]),
        ("flow=onsite", [0, 1]),
        ("flow=onsite&stage=fulfilled", [1]),
        ("customer=Nils", [2]),
        ("customer=nils%40example.org", [2]),
        ("customer=nils", []),
        ("flagged=true", []),
        ("flagged=false", [0, 1, 2, 3]),
        ("placed_after=2026-01-01T00:00:00Z&placed_before=2026-01-02T00:00:00%2B02:00", []),
        ("placed_after=2020-01-01T00:00:00Z", [0, 1, 2, 3]),
        ("q=nil", [2]),
        ("q=", [0, 1, 2, 3]),
        ("location=999999", []),
    ],
)
def test_a_list_is_narrowed(
    shop: Caller, placed: Sequence[str], query: str, found: list[int]
) -> None:
    assert codes(shop.get(f"/orders?{query}").json()) == {placed[number] for number in found}


def test_a_list_of_one_location(shop: Caller, cast: Cast, placed: Sequence[str]) -> None:
    by_filter = shop.get(f"/orders?location={cast.bar}").json()
    by_place = shop.get(f"/locations/{cast.bar}/orders").json()

    assert by_filter == by_place
    assert codes(by_place) == set(placed[:2])


def test_incoming_and_history(shop: Caller, placed: Sequence[str]) -> None:
    assert codes(shop.get("/orders/incoming").json()) == {placed[0], placed[3]}
    assert codes(shop.get("/orders/history").json()) == {placed[1]}


def test_counts(shop: Caller, cast: Cast, placed: Sequence[str]) -> None:
    assert shop.get("/orders/count").json() == {
        "active": 3,
        "completed": 1,
        "stages": {"pending": 1, "fulfilled": 1, "ready": 1, "paid": 1},
    }
    assert shop.get(f"/orders/count?location={cast.store}").json() == {
        "active": 1,
        "completed": 0,
        "stages": {"paid": 1},
    }


def test_the_order_of_a_list(shop: Caller, placed: Sequence[str]) -> None:
    newest = shop.get("/orders").json()["orders"]
    oldest = shop.get("/orders?sort=placed_at").json()["orders"]

    assert [card["code"] for card in oldest] == list(placed)
    assert newest == oldest[::-1]


@pytest.mark.parametrize("path", ["/orders", "/orders/incoming", "/orders/history"])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("colour=red", "colour"),
        ("stage=pendign", "stage"),
        ("source=fax", "source"),
        ("flow=fast", "flow"),
        ("sort=code", "sort"),
        ("flagged=1", "flagged"),
        ("location=bar", "location"),
        ("location=-1", "location"),
        ("location=9223372036854775808", "location"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=5.0", "limit"),
        ("limit=", "limit"),
        ("limit=5&limit=6", "limit"),
        ("placed_after=yesterday", "placed_after"),
        ("placed_before=1700000000", "placed_before"),
        ("placed_before=2026-11-22T21:05:00", "placed_before"),
        ("q=a%00b", "q"),
        ("q=" + "x" * 101, "q"),
        ("cursor=x", "cursor"),
        ("cursor=WyIyMDI2IiwiXHUwMDAwIl0=", "cursor"),
        ("cursor=bnVsbA==", "cursor"),
    ],
)
def test_a_query_that_does_not_fit_is_named(
    shop: Caller, path: str, query: str, field: str
) -> None:
    answer = shop.get(f"{path}?{query}")

    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize("path", ["/orders/count", "/orders/K724", "/locations"])
def test_other_addresses_know_no_filters(shop: Caller, path: str) -> None:
    answer = shop.get(f"{path}?stage=ready")

    assert (answer.status_code, answer.json()["detail"]) == (422, "stage is not known here.")


def test_changes_know_no_query(shop: Caller, cast: Cast) -> None:
    card = shop.place(cast.bar)

    answer = shop.post(f"/orders/{card['code']}/ready?force=true")

    assert (answer.status_code, answer.json()["field"]) == (422, "force")
    assert shop.card(card["code"])["stage"] == "pending"


def test_a_scheduled_order_waits_and_is_taken_up(shop: Caller, cast: Cast) -> None:
    later = shop.place(cast.kitchen, due_at="2030-01-01T12:00:00Z")
    now = shop.place(cast.kitchen)
    assert codes(shop.get("/orders?scheduled=true").json()) == {later["code"]}
    assert codes(shop.get("/orders?scheduled=false").json()) == {now["code"]}
    assert codes(shop.get("/orders/incoming").json()) == {now["code"]}

    taken = shop.post(f"/orders/{later['code']}/surface", if_match='"1"')

    assert (taken.status_code, taken.json()["surfaces_at"]) == (200, None)
    assert codes(shop.get("/orders/incoming").json()) == {later["code"], now["code"]}
    assert shop.post(f"/orders/{now['code']}/surface").status_code == 409
