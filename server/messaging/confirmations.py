"""What a mail about an order says: plain text, drawn from the card of the event that caused it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from babel.dates import format_datetime

from server.messaging.wording import paragraph, plain
from server.money import Money, parsed, shown
from server.orders.cards import Card

SUMS: Final = {
    "subtotal": "Subtotal",
    "discount": "Discount",
    "service_fee": "Service fee",
    "tax": "Tax",
    "tip": "Tip",
}
FOLLOW: Final = "Follow your order, and show its QR code when you collect it:"
UNASKED: Final = "If it was not you who asked for this, there is nothing that you need to do."
WHY: Final = "You get this mail because this address was given with the order."


@dataclass(frozen=True, slots=True)
class Place:
    """Where the order is made: its name, and how people there write money and times."""

    name: str
    locale: str


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says."""

    subject: str
    text: str


def confirmation(card: Card, place: Place, page: str) -> Words:
    """Your order has reached us; this is what we understood, and where to follow it."""
    opening = f"{plain(place.name)} has your order."
    parts = [
        [opening],
        about(card, place),
        items(card, place),
        sums(card, place),
        [FOLLOW, page],
        [WHY],
    ]
    return Words(subject(card, place), letter(parts))


def cancellation(card: Card, place: Place) -> Words:
    """Your order will not be made; this is what the people there want to tell you."""
    opening = f"{plain(place.name)} has cancelled your order."
    said = paragraph(card["moved"]["message"] or "")
    parts = [[opening], said, about(card, place), items(card, place), [WHY]]
    return Words("Cancelled: " + subject(card, place), letter(parts))


def linked(pages: Mapping[str, str], place: Place) -> Words:
    """The links of orders, by their codes, for somebody who asked for them."""
    opening = f"Here is what you have ordered at {plain(place.name)}:"
    listed = [f"{code}: {page}" for code, page in pages.items()]
    codes = ", ".join(pages)
    head = f"Your link — {codes}, {plain(place.name, 80)}"
    return Words(head, letter([[opening], listed, [UNASKED]]))


def subject(card: Card, place: Place) -> str:
    """Which order it is about."""
    return f"Order {card['code']} — {plain(place.name, 80)}"


def letter(parts: list[list[str]]) -> str:
    """Paragraphs with an empty line between them."""
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def about(card: Card, place: Place) -> list[str]:
    """The code to show, and when, where and for whom it is."""
    facts = {
        "Order": card["code"],
        "Placed": when(card["placed_at"], place),
        "Wanted for": when(card["due_at"], place),
        "Where": plain(card["destination"] or ""),
        "Name": plain(card["customer"]["name"] or ""),
        "Instructions": plain(card["instructions"] or "", 500),
    }
    return [f"{name}: {fact}" for name, fact in facts.items() if fact]


def items(card: Card, place: Place) -> list[str]:
    """Every line with its price, and below it what was asked for it."""
    return [words for line in card["lines"] for words in item(line, place)]


def item(line: Card, place: Place) -> Iterator[str]:
    """One line; the unit price includes the modifiers."""
    price = line["unit_price"]
    whole = shown(price["amount"] * line["quantity"], price["currency"], place.locale)
    yield f"{line['quantity']} × {plain(line['name'])}  {whole}"
    for modifier in line["modifiers"]:
        several = f"{modifier['quantity']} × " if modifier["quantity"] > 1 else ""
        yield f"    {several}{plain(modifier['name'])}"
    if line["note"]:
        yield f"    Note: {plain(line['note'], 500)}"


def sums(card: Card, place: Place) -> list[str]:
    """How the total comes about, what of it is paid and what is still owed."""
    totals, payment = card["totals"], card["payment"]
    parts = {name: totals[key] for key, name in SUMS.items() if totals[key]["amount"]}
    if tax_included(card) and "Tax" in parts:
        parts["Tax (included)"] = parts.pop("Tax")
    if totals["discount"]["amount"]:
        parts["Discount"] = {**totals["discount"], "amount": -totals["discount"]["amount"]}
    asked = parts if len(parts) > 1 else {}
    rows = {**asked, "Total": totals["total"]}
    if payment["paid"]["amount"]:
        rows["Paid"] = payment["paid"]
    rows["Still to pay"] = payment["owed"]
    return [f"{name}: {amount(money, place)}" for name, money in rows.items()]


def tax_included(card: Card) -> bool:
    """Whether the tax is already within the prices."""
    total = {name: money["amount"] for name, money in card["totals"].items()}
    before = total["subtotal"] - total["discount"] + total["service_fee"] + total["tip"]
    return bool(total["total"] == before)


def amount(money: Money, place: Place) -> str:
    """Money as people there write it."""
    return shown(money["amount"], money["currency"], place.locale)


def when(at: str | None, place: Place) -> str:
    """A time as people there write it, on their clock."""
    if at is None:
        return ""
    return str(format_datetime(datetime.fromisoformat(at), "medium", locale=parsed(place.locale)))
