"""Placing orders."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import pytest

from server.errors import Forbidden, Invalid
from server.orders import boards, intake
from server.orders.changes import Outcome
from server.orders.stages import Flow
from server.people.actors import Right
from tests.cast import Cast, wish
from tests.hands import Do, Look

LINE: Final = {"name": "Tea", "quantity": 1, "unit_price": 1}
DOLLAR: Final = {"amount": 100, "currency": "USD"}


def card(outcome: Outcome) -> dict[str, Any]:
    whole: dict[str, Any] = orjson.loads(outcome.card)
    return whole


@pytest.mark.parametrize(
    ("flow", "stage"),
    [
        (Flow.ONSITE, "pending"),
        (Flow.DELIVERY, "incoming"),
        (Flow.TICKETS, "reserved"),
        (Flow.SHIPPING, "awaiting_payment"),
        (Flow.MARKETPLACE, "pending"),
    ],
)
def test_an_order_begins_in_the_first_stage_of_its_location(
    do: Do, cast: Cast, flow: Flow, stage: str
) -> None:
    placed = do(intake.place, wish(cast.places[flow]), by=cast.shop)

    assert placed.created
    assert placed.version == 1
    assert (card(placed)["flow"], card(placed)["stage"]) == (flow, stage)


def test_an_order_may_name_another_flow_than_its_location(do: Do, cast: Cast) -> None:
    placed = do(intake.place, wish(cast.bar, flow="tickets"), by=cast.shop)

    assert card(placed)["stage"] == "reserved"


def test_what_was_asked_for_is_what_was_taken_down(do: Do, cast: Cast) -> None:
    asked = wish(cast.bar, instructions="no ice", due_at="2026-11-22T20:00:00Z")

    placed = card(do(intake.place, asked, by=cast.shop))

    assert placed["customer"] == {
        "name": "Maria K.",
        "email": "maria@guests.example",
        "phone": "+358401234567",
    }
    assert (placed["destination"], placed["instructions"]) == ("Block C", "no ice")
    assert placed["due_at"] == "2026-11-22T22:00:00.000+02:00"
    burger, cola = placed["lines"]
    assert (burger["id"], burger["name"], burger["sku"], burger["quantity"]) == (
        1,
        "Burger",
        "BRG",
        2,
    )
    assert burger["unit_price"] == {"amount": 850, "currency": "EUR"}
    assert burger["modifiers"] == [
        {"name": "No onions", "quantity": 1, "price": {"amount": 0, "currency": "EUR"}}
    ]
    assert (cola["id"], cola["sku"], cola["note"], cola["done"]) == (2, None, None, False)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"totals": {"tax": 240, "total": 2000}}, "totals.total"),
        ({"totals": {"discount": 2051}}, "totals"),
        ({"totals": {"tip": {"amount": 5, "currency": "USD"}}}, "totals.tip"),
        ({"totals": {"service_fee": 10**12}}, "totals"),
        ({"customer": {"phone": "not a number"}}, "customer.phone"),
        ({"customer": {"phone": "+1"}}, "customer.phone"),
        ({"lines": [LINE | {"unit_price": DOLLAR}]}, "lines.0.unit_price"),
        (
            {"lines": [LINE | {"modifiers": [{"name": "y", "price": DOLLAR}]}]},
            "lines.0.modifiers.0.price",
        ),
        ({"location": 999_999}, "location"),
        ({"lines": [LINE | {"name": "x" * 120, "note": "é" * 500}] * 100}, "lines"),
    ],
)
def test_what_cannot_be_taken_down_names_its_field(
    do: Do, look: Look, cast: Cast, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        do(intake.place, wish(cast.bar, **more), by=cast.shop)

    assert refused.value.field == field
    assert look(boards.orders, boards.Filters(), by=cast.ana).orders == []
    assert do.bell.rung == []


@pytest.mark.parametrize("phone", ["+358 40 123 4567", "+358-40-1234567", "(+358) 401234567"])
def test_a_telephone_number_is_kept_as_e164(do: Do, cast: Cast, phone: str) -> None:
    placed = do(intake.place, wish(cast.bar, customer={"phone": phone}), by=cast.shop)

    assert card(placed)["customer"]["phone"] == "+358401234567"


def test_a_national_number_is_read_as_one_of_the_organizations_country(do: Do, cast: Cast) -> None:
    placed = do(intake.place, wish(cast.bar, customer={"phone": "085 123 4567"}), by=cast.shop)

    assert card(placed)["customer"]["phone"] == "+353851234567"  # Harbour's locale is en_IE


def test_a_customer_may_be_nobody(do: Do, cast: Cast) -> None:
    placed = do(intake.place, wish(cast.bar, customer={"phone": ""}, destination=""), by=cast.shop)

    assert card(placed)["customer"] == {"name": None, "email": None, "phone": None}
    assert card(placed)["destination"] is None


def test_the_same_external_id_is_the_same_order(do: Do, look: Look, cast: Cast) -> None:
    first = do(intake.place, wish(cast.bar, external_id="A-1"), by=cast.shop)

    again = do(intake.place, wish(cast.bar, external_id="A-1", destination="Row 9"), by=cast.shop)

    assert not again.created
    assert again.card == first.card
    assert len(look(boards.orders, boards.Filters(), by=cast.ana).orders) == 1
    assert len(do.bell.rung) == 1


def test_an_external_id_is_unique_per_source_and_location(do: Do, cast: Cast) -> None:
    do(intake.place, wish(cast.bar, external_id="A-1"), by=cast.shop)

    others = [
        do(intake.place, wish(cast.bar, external_id="A-1", source="register"), by=cast.shop),
        do(intake.place, wish(cast.kitchen, external_id="A-1"), by=cast.shop),
        do(intake.place, wish(cast.bar, external_id="A-2"), by=cast.shop),
        do(intake.place, wish(cast.bar), by=cast.shop),
        do(intake.place, wish(cast.bar), by=cast.shop),
    ]

    assert all(outcome.created for outcome in others)


def test_a_register_sale_that_is_paid_and_taken_is_completed_at_once(do: Do, cast: Cast) -> None:
    sale = {"source": "register", "payment": {"method": "cash", "state": "done"}}

    placed = card(do(intake.place, wish(cast.store, destination=None, **sale), by=cast.shop))

    assert (placed["stage"], placed["kind"], placed["timer"]) == ("completed", "done", None)
    assert placed["ended_at"] == placed["placed_at"]


def test_a_payment_deadline_is_shown(do: Do, cast: Cast) -> None:
    payment = {"method": "invoice", "deadline": datetime(2026, 12, 1, 12, tzinfo=UTC)}

    placed = card(do(intake.place, wish(cast.festival, payment=payment), by=cast.shop))

    assert placed["stage"] == "invoicing"
    assert placed["payment"]["deadline"] == "2026-12-01T14:00:00.000+02:00"


def test_placing_takes_the_right_to(do: Do, cast: Cast) -> None:
    reader = replace(cast.shop, scopes=frozenset({Right.ORDERS_READ}))

    with pytest.raises(Forbidden, match=r"orders\.place"):
        do(intake.place, wish(cast.bar), by=reader)


def test_placing_is_announced_to_the_location_with_the_whole_card(do: Do, cast: Cast) -> None:
    placed = do(intake.place, wish(cast.bar), by=cast.shop)

    (rung,) = do.bell.rung
    assert (rung.channel, rung.offset, rung.kind) == (f"location:{cast.bar}", 1, "order.placed")
    assert rung.thing == placed.card
    assert rung.counts == b'{"pending":1}'
    assert rung.by == b'{"name":"Web shop","device":null}'
