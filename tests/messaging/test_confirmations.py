"""What a mail says."""

from typing import Any

import pytest

from server.messaging.confirmations import Place, cancellation, confirmation
from server.messaging.wording import plain
from server.money import money
from server.orders.cards import Card

PAGE = "https://heard.example/o/abc.def"
BAR = Place("Bar South", "en_IE")
TRICK = "Win $$$\nhttp://bad.example/x\u202eevil"

CONFIRMATION = """\
Bar South has your order.

Order: K724
Placed: 22 Nov 2026, 21:05:03
Wanted for: 22 Nov 2026, 22:00:00
Where: Block C
Name: Maria K.
Instructions: Ring twice

2 × Burger  €17.00
    No onions
    2 × Cheese
    Note: well done
1 × Cola  €3.50

Subtotal: €20.50
Discount: -€3.00
Service fee: €1.00
Tax: €2.00
Tip: €0.50
Total: €21.00
Paid: €10.00
Still to pay: €11.00

Follow your order, and show its QR code when you collect it:
https://heard.example/o/abc.def

You get this mail because this address was given with the order.
"""


def card(**more: Any) -> Card:
    """An order with everything in it."""
    totals = {"subtotal": 2050, "discount": 300, "service_fee": 100, "tax": 200, "tip": 50}
    totals |= {"total": 2100} | more.pop("totals", {})
    return {
        "code": "K724",
        "customer": {"name": "Maria K.", "email": "maria@guests.example"},
        "destination": "Block C",
        "instructions": "Ring twice",
        "placed_at": "2026-11-22T21:05:03.123+02:00",
        "due_at": "2026-11-22T22:00:00.000+02:00",
        "lines": [
            line("Burger", 2, 850, "well done", [("No onions", 1), ("Cheese", 2)]),
            line("Cola", 1, 350, None, []),
        ],
        "totals": {name: euros(amount) for name, amount in totals.items()},
        "payment": {"paid": euros(1000), "owed": euros(1100)},
        "moved": None,
        **more,
    }


def line(
    name: str, quantity: int, price: int, note: str | None, modifiers: list[tuple[str, int]]
) -> dict[str, Any]:
    return {
        "name": name,
        "quantity": quantity,
        "unit_price": euros(price),
        "modifiers": [{"name": name, "quantity": many} for name, many in modifiers],
        "note": note,
    }


def euros(amount: int) -> dict[str, Any]:
    return dict(money(amount, "EUR"))


def test_a_confirmation_says_what_was_ordered_and_what_is_owed() -> None:
    words = confirmation(card(), BAR, PAGE)

    assert words.subject == "Order K724 — Bar South"
    assert words.text == CONFIRMATION


def test_money_is_written_as_people_there_write_it() -> None:
    words = confirmation(card(), Place("Bar Süd", "de_DE"), PAGE)

    assert "2 × Burger  17,00\xa0€" in words.text


def test_tax_within_the_prices_is_called_so() -> None:
    words = confirmation(card(totals={"total": 1900}), BAR, PAGE)

    assert "Tax (included): €2.00\nTotal: €19.00" in words.text


def test_a_plain_order_has_no_sums_but_the_total() -> None:
    nothing = dict.fromkeys(("discount", "service_fee", "tax", "tip"), 0)
    paid = {"paid": euros(2050), "owed": euros(0)}

    words = confirmation(card(totals={**nothing, "total": 2050}, payment=paid), BAR, PAGE)

    assert "Subtotal" not in words.text
    assert "\n\nTotal: €20.50\nPaid: €20.50\nStill to pay: €0.00\n" in words.text


def test_what_is_not_known_is_not_mentioned() -> None:
    bare = card(destination=None, instructions=None, due_at=None, customer={"name": None})

    words = confirmation(bare, BAR, PAGE)

    assert "\n\nOrder: K724\nPlaced: 22 Nov 2026, 21:05:03\n\n2 ×" in words.text


def test_a_cancellation_says_what_the_people_there_wrote() -> None:
    moved = {"message": "Sorry, the grill is cold.\n\nCome again!"}

    words = cancellation(card(moved=moved), BAR)

    assert words.subject == "Cancelled: Order K724 — Bar South"
    opening = (
        "Bar South has cancelled your order.\n\nSorry, the grill is cold.\nCome again!\n\nOrder:"
    )
    assert words.text.startswith(opening)
    assert "Still to pay" not in words.text


def test_nothing_that_outsiders_write_becomes_an_advertisement() -> None:
    lines = [line(TRICK, 1, 100, TRICK, [(TRICK, 1)])]
    told = card(
        lines=lines,
        customer={"name": TRICK},
        destination=TRICK,
        instructions=TRICK,
        moved={"message": TRICK},
    )

    for words in (confirmation(told, BAR, PAGE), cancellation(told, BAR)):
        assert "http://" not in words.text
        assert "bad.example" not in words.text
        assert "\u202e" not in words.text
        assert not words.text.startswith("Win")


def test_a_subject_is_one_line() -> None:
    words = confirmation(card(), Place("Bar\r\nBcc: everybody@guests.example", "en_IE"), PAGE)

    assert words.subject == "Order K724 — Bar Bcc: everybody@guests. example"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("two\r\nlines\tof  it", "two lines of it"),
        ("see https://bad.example/now", "see https: // bad. example/now"),
        ("www.bad.example", "www. bad. example"),
        ("No. 5, 3.50 each, e.g. now", "No. 5, 3.50 each, e.g. now"),
        ("a\u200bb\u202ec\x00d", "abc d"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_outside_text_is_made_plain(written: str, shown: str) -> None:
    assert plain(written) == shown
