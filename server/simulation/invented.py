"""Plausible orders for every flow, made up from short lists."""

import random
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

Order = dict[str, Any]


class Item(NamedTuple):
    """Something on sale: its name, SKU, price in minor units, and what goes with it."""

    name: str
    sku: str
    price: int
    choices: tuple[str, ...] = ()


class Trade(NamedTuple):
    """What the places of one flow sell, and where their orders come from."""

    items: tuple[Item, ...]
    sources: tuple[str, ...]
    destinations: tuple[str | None, ...]
    methods: tuple[tuple[str, str], ...]  # payment method and state


FIRST: Final = "Aino Anton Carla Deniz Elif Emil Fatima Hugo Ines Jonas Lea Liam Maria Mikko Noor Oskar Priya Sofia Tom Yusuf".split()  # noqa: E501
LAST: Final = "Andersson Bakker Dubois Fischer García Heikkinen Kaya Kowalska Lehtonen Martins Nguyen Novák O’Brien Rossi Schmidt Silva Virtanen Weber".split()  # noqa: E501
NOTES: Final = (
    "no onions, please",
    "allergic to nuts",
    "extra napkins",
    "ring at the gate",
)

TRADES: Final = {
    "onsite": Trade(
        (
            Item("Burger", "BRG", 950, ("No onions", "Extra cheese", "Gluten-free bun")),
            Item("Loaded fries", "FRY", 650, ("No bacon", "Extra sauce")),
            Item("Lager 0.5 l", "LAG", 780),
            Item("Cola", "COL", 350, ("No ice",)),
            Item("Lemonade", "LEM", 400),
            Item("Falafel wrap", "FAL", 850, ("Spicy", "No onions")),
        ),
        ("online_store", "register"),
        ("Block C", "Row 12, seat 4", "Table 9", "VIP deck", None),
        (("card", "done"), ("card", "done"), ("cash", "pending")),
    ),
    "delivery": Trade(
        (
            Item("Margherita", "PIZ1", 1150, ("Extra cheese", "Thin crust")),
            Item("Pad thai", "THAI", 1290, ("Tofu", "Shrimp", "No peanuts")),
            Item("Ramen", "RAM", 1350, ("Extra egg", "Spicy")),
            Item("Garlic bread", "GAR", 450),
            Item("Tiramisu", "TIR", 590),
        ),
        ("uber_eats", "doordash", "grubhub", "lula_direct"),
        ("Harbour Street 4 B 12", "Mill Lane 27", "Station Square 1, 3rd floor"),
        (("platform", "done"),),
    ),
    "tickets": Trade(
        (
            Item("Day ticket", "DAY", 4900),
            Item("Weekend pass", "WKD", 11900),
            Item("Parking", "PRK", 1500),
            Item("Camping pitch", "CMP", 3500),
        ),
        ("event_shop",),
        (None,),
        (("card", "done"), ("invoice", "pending"), ("bank_transfer", "pending")),
    ),
    "shipping": Trade(
        (
            Item("LP “Night Ferry”", "LP-204", 2490),
            Item("Hoodie", "HOO", 4500, ("Size M", "Size L", "Black")),
            Item("Tote bag", "TOT", 1500),
            Item("Cassette", "CAS", 1200),
        ),
        ("online_store", "online_store", "register"),
        ("Rue des Lilas 8, Lyon", "Shop Street 12, Galway", "Prinsengracht 210, Amsterdam"),
        (("card", "done"), ("card", "done"), ("bank_transfer", "pending")),
    ),
    "marketplace": Trade(
        (
            Item("Office chair", "CHR-11", 3500),
            Item("Standing desk", "DSK-02", 12000),
            Item("Whiteboard 120 cm", "WHB", 2500),
            Item("Pallet of bricks", "BRK", 9000),
        ),
        ("marketplace",),
        ("Pick-up, gate 2", "Delivery to site 14"),
        (("invoice", "pending"),),
    ),
}


def orders(locations: list[dict[str, Any]], number: int) -> Iterator[Order]:
    """That many orders, spread over these locations; every run makes new ones."""
    run = secrets.token_hex(3)
    for n in range(number):
        place = locations[n % len(locations)]
        yield {
            **order(TRADES[place["flow"]]),
            "location": place["id"],
            "external_id": f"{run}-{n}",
        }


def order(trade: Trade) -> Order:
    """One customer's order."""
    chance = random.random  # nothing secret about a demo
    first, last = random.choice(FIRST), random.choice(LAST)  # noqa: S311
    method, state = random.choice(trade.methods)  # noqa: S311
    made: Order = {
        "source": random.choice(trade.sources),  # noqa: S311
        "customer": {
            "name": f"{first} {last}",
            "email": f"{first}.{last}@customers.example".lower().replace("’", ""),
            "phone": f"+35386{random.randrange(10**6, 10**7)}",  # noqa: S311
        },
        "destination": random.choice(trade.destinations),  # noqa: S311
        "lines": [line(item) for item in random.sample(trade.items, k=1 + int(chance() * 3))],
        "payment": {"method": method, "state": state},
    }
    if chance() < 0.12:
        made["instructions"] = random.choice(NOTES)  # noqa: S311
    if chance() < 0.1:
        made["due_at"] = (datetime.now(UTC) + timedelta(minutes=25)).isoformat()
    return made


def line(item: Item) -> dict[str, Any]:
    """A few of one item, sometimes with a choice."""
    chosen = random.sample(item.choices, k=min(len(item.choices), int(random.random() * 2)))  # noqa: S311
    return {
        "name": item.name,
        "sku": item.sku,
        "quantity": random.choice((1, 1, 1, 2, 2, 3)),  # noqa: S311
        "unit_price": item.price,
        "modifiers": [{"name": choice} for choice in chosen],
    }
