"""Cards as a board's page carries them: an amount is a bare number, moves alike are written once.

web/static/js/page.js makes whole cards of them again; a thousand orders take a third less so.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from server.routes.rows import Card


def packed(cards: Sequence[Card]) -> dict[str, Any]:
    """The orders of a page, and what they have in common: the currency, and lists of moves."""
    currency = cards[0]["totals"]["total"]["currency"] if cards else ""
    moves: dict[bytes, int] = {}
    orders = [pack(card, currency, moves) for card in cards]
    return {"orders": orders, "currency": currency, "moves": [*moves]}


def pack(card: Card, currency: str, moves: dict[bytes, int]) -> dict[str, Any]:
    """One card; `moves` learns the list of its moves, if none before had the same."""
    return {
        **card,
        "next": moves.setdefault(orjson.dumps(card["next"]), len(moves)),
        "totals": bare(card["totals"], currency),
        "payment": bare(card["payment"], currency),
        "lines": [
            bare(line, currency)
            | {"modifiers": [bare(modifier, currency) for modifier in line["modifiers"]]}
            for line in card["lines"]
        ],
    }


def bare(values: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """With each amount of that currency as its minor units alone."""
    return {name: units(value, currency) for name, value in values.items()}


def units(value: Any, currency: str) -> Any:
    if isinstance(value, dict) and value.get("currency") == currency:
        return value["amount"]
    return value
