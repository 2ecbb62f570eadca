"""What displays and pick-up screens see of a card: nothing by which a customer can be reached."""

import itertools
from collections.abc import Iterator
from typing import Any, Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.events import Audience
from server.models import History
from server.orders import cards, details, lifecycle
from server.orders.forms import ChangeForm, MoveForm
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import card, placed

STAFF: Final[dict[str, Any]] = {
    "instructions": "Call {phone} or mail {mail}",
    "destination": "{mail}, {phone}",
    "customer": {"name": "Maria {phone} {mail}", "email": "{mail}", "phone": "+358401234567"},
    "lines": [
        {
            "name": "Burger",
            "quantity": 1,
            "unit_price": 850,
            "note": "for {mail}, tel. {phone}",
            "modifiers": [{"name": "ring {phone}"}, {"name": "{mail}"}],
        }
    ],
}
PHONES: Final = (
    "+358401234567|0401234567|040-1234567|040.123.4567|(040)1234567|00358401234567|040/1234567|"
    "040 123 45 67|+358 (0) 40 123 4567|040 – 123 4567|040\u00a0123\u00a04567"
).split("|")
MAIL: Final = "maria.k+bar@guests.example"
PICKUP: Final = {"id", "code", "version", "location", "stage", "label", "kind"}


def planted(phone: str) -> dict[str, Any]:
    """An order with a customer's number and address wherever somebody can type."""
    text = orjson.dumps(STAFF).decode().replace("{phone}", phone).replace("{mail}", MAIL)
    filled: dict[str, Any] = orjson.loads(text)
    return filled


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from itertools.chain.from_iterable(map(strings, value.values()))
    elif isinstance(value, list):
        yield from itertools.chain.from_iterable(map(strings, value))
    elif isinstance(value, str):
        yield value


def digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


@pytest.mark.parametrize("phone", PHONES)
@pytest.mark.parametrize("audience", [Audience.DISPLAY, Audience.PICKUP, Audience.BUYER])
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_nobody_in_the_room_reads_how_to_reach_a_customer(
    do: Do, cast: Cast, audience: Audience, phone: str
) -> None:
    placed(do, cast, **planted(phone))
    staff_card = do.bell.rung[-1].thing
    assert staff_card.decode().count(MAIL) >= 6  # or the test would mean nothing

    seen = cards.project(audience, staff_card).decode()

    assert "guests.example" not in seen
    assert phone not in seen
    told = [text for text in strings(orjson.loads(seen)) if "T" not in text and "ord_" not in text]
    assert not [text for text in told if len(digits(text)) > 4]


def test_a_pick_up_screen_sees_the_code_and_its_stage(do: Do, cast: Cast) -> None:
    order = placed(do, cast)

    seen = orjson.loads(cards.project(Audience.PICKUP, do.bell.rung[-1].thing))

    assert seen == {name: order[name] for name in PICKUP}


def test_a_display_sees_what_is_to_be_made_but_no_money_and_no_destination(
    do: Do, cast: Cast
) -> None:
    order = placed(do, cast, instructions="no ice")

    seen = orjson.loads(cards.project(Audience.DISPLAY, do.bell.rung[-1].thing))

    assert seen["customer"] == {"name": "Maria K."}
    assert seen["instructions"] == "no ice"
    assert seen["text"] == {"items": "2× Burger, 1× Cola"}
    assert seen["timer"] == order["timer"]
    assert seen["lines"][0] == {
        "id": 1, "name": "Burger", "sku": "BRG", "quantity": 2, "note": None, "station": None,
        "done": False, "modifiers": [{"name": "No onions", "quantity": 1}],
    }  # fmt: skip
    assert not {"totals", "payment", "destination", "moved", "next", "packages"} & seen.keys()


def test_staff_see_the_card_as_it_is() -> None:
    assert cards.project(Audience.STAFF, b"not even looked at") == b"not even looked at"


@pytest.mark.parametrize("audience", Audience)
def test_a_card_that_left_is_gone_for_everybody(audience: Audience) -> None:
    gone = b'{"id":"ord_1","version":4,"gone":true}'

    assert cards.project(audience, gone) == gone


@given(st.text(alphabet="abcde .,!0123456-()\n", max_size=40))
def test_words_without_contacts_stay_as_they_are_or_lose_only_digits(text: str) -> None:
    kept = cards.without_contacts(text)

    letters = [letter for letter in text if letter.isalpha()]
    assert [letter for letter in kept or "" if letter.isalpha()] == letters


@pytest.mark.parametrize(
    "words",
    ["no onions, 2 forks", "Table 12, seat 4", "half 7 to 8", "1 × 250 g", "allergy: nuts (3)", ""],
)
def test_what_a_cook_needs_to_read_is_left_alone(words: str) -> None:
    assert cards.without_contacts(words) == words


def test_the_history_holds_nothing_of_the_customer(do: Do, look: Look, cast: Cast) -> None:
    """It is kept for ever: whoever is forgotten must not be found in it."""
    canary = "Canary Wharf canary@nest.example +358 40 7654321"
    order = placed(do, cast, **planted("+358407654321"), external_id="canary-7654321")
    form = MoveForm(reason="other", message=canary)
    moved = do(lifecycle.advance, order["id"], "cancelled", form, by=cast.dan, match=1)
    do(lifecycle.undo, order["id"], by=cast.dan)
    customer = {"name": "Canary", "email": "canary@nest.example", "phone": "+358407654321"}
    change = {"customer": customer, "destination": canary, "instructions": canary}
    form_of_change = ChangeForm.model_validate(change)
    changed = do(details.change, order["id"], form_of_change, by=cast.dan, match=3)
    assert "7654321" in str(card(moved))
    assert "canary@nest" in str(card(changed))

    kept = look(
        lambda session: [
            session.get_one(History, (order["id"], version)).model_dump_json()
            for version in (1, 2, 3, 4)
        ]
    )

    assert not [line for line in kept if "7654321" in line or "anary" in line or "Maria" in line]
