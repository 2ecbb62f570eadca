"""What a board should hold, and how it differs from what it does hold."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

Card = dict[str, Any]
ENDED = ("done", "void")


@dataclass(frozen=True, slots=True)
class Truth:
    """A location by the database, at one position, as one audience may see it."""

    epoch: str
    offset: int
    board: dict[str, Card]  # the snapshot: open orders, and the last that ended
    orders: dict[str, Card]  # every order there is
    counts: dict[str, int]


def fingerprint(cards: Iterable[Card]) -> str:
    """One hash of many cards, in whatever order they come."""
    ordered = sorted(cards, key=lambda card: str(card["id"]))
    return hashlib.sha256(orjson.dumps(ordered, option=orjson.OPT_SORT_KEYS)).hexdigest()


def still_open(cards: Iterable[Card]) -> list[Card]:
    return [card for card in cards if card["kind"] not in ENDED]
