"""What callers hand in: accepted in its usual forms, refused with the field that is wrong."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from server.orders.forms import AdvanceForm, ChangeForm, OrderForm, StatusForm

LINE: dict[str, Any] = {"name": "Burger", "quantity": 1, "unit_price": 850}


def order(**more: Any) -> OrderForm:
    return OrderForm.model_validate({"location": 1, "lines": [LINE]} | more)


def line(**more: Any) -> dict[str, Any]:
    return {"lines": [LINE | more]}


def places(error: ValidationError) -> list[str]:
    """Where it is wrong, without the branch of a union that pydantic adds."""
    words = [
        [str(p) for p in one["loc"] if str(p).islower() or isinstance(p, int)]
        for one in error.errors()
    ]
    return [".".join(w for w in word if w not in ("int",)) for word in words]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"location": 0}, "location"),
        ({"location": 2**31}, "location"),
        ({"location": "bar"}, "location"),
        ({"lines": []}, "lines"),
        ({"lines": [LINE] * 201}, "lines"),
        (line(name=""), "lines.0.name"),
        (line(name="  "), "lines.0.name"),
        (line(name="B" * 121), "lines.0.name"),
        (line(name="Bur\x00ger"), "lines.0.name"),
        (line(name="Bur\x1b[2Jger"), "lines.0.name"),
        (line(name="two\nlines"), "lines.0.name"),
        (line(quantity=0), "lines.0.quantity"),
        (line(quantity=10_000), "lines.0.quantity"),
        (line(quantity=1.5), "lines.0.quantity"),
        (line(quantity=True), "lines.0.quantity"),
        (line(quantity="2"), "lines.0.quantity"),
        (line(unit_price="12"), "lines.0.unit_price"),
        (line(unit_price=-1), "lines.0.unit_price"),
        (line(unit_price=10**9 + 1), "lines.0.unit_price"),
        (line(unit_price={"amount": -1, "currency": "EUR"}), "lines.0.unit_price.amount"),
        (line(unit_price={"amount": 1, "currency": "euro"}), "lines.0.unit_price.currency"),
        (line(unit_price=8.505), "lines.0.unit_price"),
        (line(modifiers=[{"name": "x"}] * 51), "lines.0.modifiers"),
        (line(modifiers=[{"name": "x", "quantity": 0}]), "lines.0.modifiers.0.quantity"),
        (line(note="n" * 501), "lines.0.note"),
        ({"source": "telepathy"}, "source"),
        ({"flow": "backwards"}, "flow"),
        ({"external_id": ""}, "external_id"),
        ({"customer": {"email": "maria"}}, "customer.email"),
        ({"customer": {"email": "a@b@c.example"}}, "customer.email"),
        ({"customer": {"phone": "1" * 33}}, "customer.phone"),
        ({"customer": {"surname": "K."}}, "customer.surname"),
        ({"totals": {"discount": -1}}, "totals.discount"),
        ({"totals": {"discount": {"amount": -1, "currency": "EUR"}}}, "totals.discount.amount"),
        ({"totals": {"tip": 10**12 + 1}}, "totals.tip"),
        ({"payment": {"method": "card", "state": "perhaps"}}, "payment.state"),
        ({"due_at": "2026-11-22T20:00:00"}, "due_at"),
        ({"due_at": "1999-12-31T23:59:59Z"}, "due_at"),
        ({"due_at": "2100-01-02T00:00:00Z"}, "due_at"),
        ({"due_at": "9999-12-31T23:59:59.999999-12:00"}, "due_at"),
        ({"due_at": "tomorrow"}, "due_at"),
        ({"due_at": "2026-13-45T00:00:00Z"}, "due_at"),
        ({"due_at": "1763841600"}, "due_at"),
        ({"due_at": 1763841600}, "due_at"),
        ({"instructions": "i" * 501}, "instructions"),
        ({"destination": "d" * 301}, "destination"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_order_names_the_field(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        order(**wrong)

    assert field in places(caught.value)


def test_text_is_taken_without_the_space_around_it() -> None:
    asked = order(customer={"name": "  Maria K. "}, instructions=" no ice\nplease ")

    assert asked.customer.name == "Maria K."
    assert asked.instructions == "no ice\nplease"


def test_an_address_is_kept_in_its_usual_form() -> None:
    asked = order(customer={"email": "Maria@GUESTS.Example"})

    assert asked.customer.email == "Maria@guests.example"


def test_a_time_is_kept_in_utc() -> None:
    due = order(due_at="2026-11-22T22:05:00+02:00").due_at

    assert due is not None
    assert due.isoformat() == "2026-11-22T20:05:00+00:00"


def test_a_price_may_be_a_number_of_minor_units_or_money() -> None:
    modifier = {"name": "Less", "price": -50}
    priced = order(**line(unit_price={"amount": 850, "currency": "EUR"}, modifiers=[modifier]))

    assert priced.lines[0].modifiers[0].price == -50
    assert order().lines[0].unit_price == 850


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        (AdvanceForm, {}),
        (AdvanceForm, {"to": ""}),
        (AdvanceForm, {"to": "ready", "seen": -1}),
        (AdvanceForm, {"to": "ready", "prep_minutes": 7 * 24 * 60 + 1}),
        (AdvanceForm, {"to": "ready", "tapped_at": "2026-11-22T20:00:00"}),
        (ChangeForm, {"stage": "ready"}),
        (ChangeForm, {"prep_minutes": -1}),
        (StatusForm, {"state": "closed"}),
        (StatusForm, {"state": "busy", "minutes": 0}),
    ],
)
def test_other_wrong_forms_are_refused_too(form: type[BaseModel], wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        form.model_validate(wrong)


def test_a_change_knows_what_was_named_and_what_was_not() -> None:
    change = ChangeForm.model_validate({"destination": None, "instructions": ""})

    assert change.given() == {"destination": None, "instructions": ""}
