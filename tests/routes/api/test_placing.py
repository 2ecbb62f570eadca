"""Placing orders."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from server.people.actors import Right
from tests.callers import Caller, order
from tests.cast import Cast
from tests.hands import Do


def test_a_placed_order_is_answered_with_its_card(shop: Caller, cast: Cast) -> None:
    answer = shop.post("/orders", order(cast.bar, destination=" Block C "))

    card = answer.json()
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert (card["stage"], card["destination"], card["version"]) == ("pending", "Block C", 1)
    assert "noop" not in card


def test_the_same_external_id_is_the_same_order(shop: Caller, cast: Cast) -> None:
    first = shop.post("/orders", order(cast.bar, external_id="W-1"))
    again = shop.post("/orders", order(cast.bar, external_id="W-1", destination="Elsewhere"))
    other = shop.post("/orders", order(cast.bar, external_id="W-1", source="register"))

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 201)
    assert again.json() == first.json()
    assert shop.get("/orders/count").json()["active"] == 2


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_sent_by_several_at_once_it_is_one_order(shop: Caller, cast: Cast) -> None:
    asked = order(cast.bar, external_id="W-1")
    with ThreadPoolExecutor(6) as network:
        answers = list(network.map(lambda _: shop.post("/orders", asked), range(6)))

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_money_may_be_spelled_out(shop: Caller, cast: Cast) -> None:
    euros = {"amount": 850, "currency": "EUR"}
    line = {"name": "Burger", "quantity": 2, "unit_price": euros}

    card = shop.place(cast.bar, lines=[line], totals={"tip": {"amount": 100, "currency": "EUR"}})

    assert card["totals"]["total"] == {"amount": 1800, "currency": "EUR"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"location": 999_999}, "location"),
        ({"location": 0}, "location"),
        ({"location": 2**63}, "location"),
        ({"location": "7"}, "location"),
        ({"flow": "onsight"}, "flow"),
        ({"source": "fax"}, "source"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": "x" * 81}, "external_id"),
        ({"customer": "Maria"}, "customer"),
        ({"customer": {"email": "maria@"}}, "customer.email"),
        ({"customer": {"phone": "many"}}, "customer.phone"),
        ({"customer": {"name": "a\u0000b"}}, "customer.name"),
        ({"destination": "x" * 301}, "destination"),
        ({"lines": []}, "lines"),
        ({"lines": {}}, "lines"),
        ({"lines": [{"name": "Cola", "quantity": 1}]}, "lines.0.unit_price"),
        ({"lines": [{"name": "", "quantity": 1, "unit_price": 1}]}, "lines.0.name"),
        ({"lines": [{"name": "Cola", "quantity": 0, "unit_price": 1}]}, "lines.0.quantity"),
        ({"lines": [{"name": "Cola", "quantity": 1.5, "unit_price": 1}]}, "lines.0.quantity"),
        ({"lines": [{"name": "Cola", "quantity": True, "unit_price": 1}]}, "lines.0.quantity"),
        ({"lines": [{"name": "Cola", "quantity": 1, "unit_price": "1"}]}, "lines.0.unit_price"),
        ({"lines": [{"name": "Cola", "quantity": 1, "unit_price": -1}]}, "lines.0.unit_price"),
        ({"lines": [{"name": "Cola", "quantity": 1, "unit_price": 10**40}]}, "lines.0.unit_price"),
        (
            {"lines": [{"name": "Cola", "quantity": 1, "unit_price": {"amount": 1}}]},
            "lines.0.unit_price.currency",
        ),
        (
            {
                "lines": [
                    {"name": "A", "quantity": 1, "unit_price": {"amount": 1, "currency": "USD"}}
                ]
            },
            "lines.0.unit_price",
        ),
        (
            {"lines": [{"name": "A", "quantity": 1, "unit_price": 1, "modifiers": [{"price": 0}]}]},
            "lines.0.modifiers.0.name",
        ),
        ({"totals": {"total": 1}}, "totals.total"),
        ({"totals": {"discount": 10**12}}, "totals"),
        ({"payment": {"method": "card", "state": "maybe"}}, "payment.state"),
        ({"due_at": "tomorrow"}, "due_at"),
        ({"due_at": 1_700_000_000}, "due_at"),
        ({"due_at": "1700000000"}, "due_at"),
        ({"due_at": "2026-11-22T21:05:00"}, "due_at"),
        ({"due_at": "9999-12-31T23:59:59-23:59"}, "due_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_does_not_fit_is_named(
    shop: Caller, cast: Cast, change: dict[str, object], field: str
) -> None:
    answer = shop.post("/orders", {**order(cast.bar), **change})

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "/problems/invalid")
    assert problem["field"] == field
    assert problem["detail"].endswith(".")
    assert shop.get("/orders/count").json()["active"] == 0


def test_every_wrong_field_is_listed(shop: Caller) -> None:
    problem = shop.post("/orders", {"lines": [{"quantity": "two", "price": 1}]}).json()

    assert [error["field"] for error in problem["errors"]] == [
        "location",
        "lines.0.name",
        "lines.0.quantity",
        "lines.0.unit_price",
        "lines.0.price",
    ]
    assert problem["detail"] == "location is missing. 4 more of its fields are wrong."


def test_a_foreign_or_unseen_location_is_as_absent_as_a_missing_one(
    client: TestClient, do: Do, shop: Caller, cast: Cast
) -> None:
    at_bar = Caller.limited(client, do, cast.harbour, at=(cast.bar,))

    for caller, place in ((shop, cast.island), (shop, 999_999), (at_bar, cast.kitchen)):
        answer = caller.post("/orders", order(place))

        assert answer.status_code == 422
        assert answer.json()["detail"] == f"There is no location {place}."


def test_placing_takes_its_right(client: TestClient, do: Do, cast: Cast) -> None:
    reader = Caller.limited(client, do, cast.harbour, Right.ORDERS_READ)

    answer = reader.post("/orders", order(cast.bar))

    assert answer.status_code == 403
    assert "orders.place" in answer.json()["detail"]
