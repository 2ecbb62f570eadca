"""Reading a file of restaurant orders: tab-separated, a row per line item, choices in brackets.

Columns: order_id, quantity, item_name, choice_description, item_price (of the whole line, `$2.39`).
"""

import csv
import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

COLUMNS: Final = {
    "order_id",
    "quantity",
    "item_name",
    "choice_description",
    "item_price",
}
NOTHING: Final = "NULL"

Order = dict[str, Any]
Row = dict[str, str]


class UnreadableError(Exception):
    """The file is not one of restaurant orders; the message says where and why."""


def orders(path: Path, location: int) -> list[Order]:
    """The orders of a file, as the API takes them in."""
    try:
        return [order(n, list(rows), location) for n, rows in groupby(read(path), by_order)]
    except (ValueError, ArithmeticError, csv.Error) as error:
        raise UnreadableError(f"{path} is not a file of restaurant orders: {error}") from error


by_order = itemgetter("order_id")


def read(path: Path) -> Iterator[Row]:
    """The rows, checked for the columns they must have."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", restval="")
        if missing := COLUMNS - set(rows.fieldnames or ()):
            raise UnreadableError(f"{path}: the column {min(missing)} is missing.")
        yield from rows


def order(number: str, rows: list[Row], location: int) -> Order:
    """One order; the same number is the same order, however often the file is played."""
    return {
        "location": location,
        "source": "online_store",
        "external_id": f"file-{number}",
        "customer": {
            "name": f"Guest {number}",
            "email": f"guest-{number}@customers.example",
        },
        "lines": [line(row) for row in rows],
    }


def line(row: Row) -> dict[str, Any]:
    """One line; the file has the price of all its pieces."""
    quantity = int(row["quantity"])
    price, rest = divmod(cents(row["item_price"]), quantity)
    if rest:
        raise UnreadableError(f"Order {row['order_id']}: a price is not divisible by {quantity}.")
    return {
        "name": row["item_name"],
        "quantity": quantity,
        "unit_price": price,
        "modifiers": [{"name": choice} for choice in choices(row["choice_description"])],
    }


def choices(text: str) -> list[str]:
    """`[Salsa, [Rice, Cheese]]` as Salsa, Rice and Cheese."""
    words = re.sub(r"[\[\]]", "", "" if text == NOTHING else text).split(",")
    return [word.strip() for word in words if word.strip()]


def cents(price: str) -> int:
    """`$2.39` as 239."""
    whole, _, part = price.strip().lstrip("$").replace(",", "").partition(".")
    return int(whole) * 100 + int((part + "00")[:2])
