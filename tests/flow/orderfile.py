"""Files of restaurant orders, made up: a row for each line, choices in brackets, `$8.75 `."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

COLUMNS: Final = "order_id quantity item_name choice_description item_price".split()
ITEMS: Final = (
    ("Grain Bowl", 875, ("Roasted Salsa", "[Rice, Beans, Cheese, Sour Cream]")),
    ("Flatbread", 925, ("Tomato Salsa (Mild)", "[Fajita Vegetables, Guacamole]")),
    ("Chips", 215, ()),
    ("Chips and Dip", 445, ()),
    ("Canned Soda", 109, ("Cola",)),
    ("6 Pack Soft Drink", 649, ("Sprite",)),
    ("Bottled Water", 150, ()),
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds."""

    orders: int
    lines: int
    minor_units: int
    modifiers: int


def write(path: Path, orders: int, seed: int = 1834) -> Contents:
    """Make up that many orders; the same seed makes the same ones."""
    chance = random.Random(seed)  # noqa: S311  # nothing secret about it
    lines = minor_units = modifiers = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("\t".join(COLUMNS) + "\n")
        for number in range(1, orders + 1):
            for _ in range(chance.choice((1, 2, 2, 2, 3, 4))):
                quantity, (name, price, parts) = (
                    chance.choice((1, 1, 1, 2, 3)),
                    chance.choice(ITEMS),
                )
                row = (number, quantity, name, choices(parts), f"${quantity * price / 100:.2f} ")
                file.write("\t".join(map(str, row)) + "\n")
                lines, minor_units = lines + 1, minor_units + quantity * price
                modifiers += sum(part.count(",") + 1 for part in parts)
    return Contents(orders, lines, minor_units, modifiers)


def choices(parts: tuple[str, ...]) -> str:
    return f"[{', '.join(parts)}]" if parts else "NULL"
