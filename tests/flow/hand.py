"""The cards a board holds: the newest version wins, and of what has ended only the last stay."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tests.flow.truth import Card

ENDED_KEPT: Final = 200


class Hand:
    """What web/static/js/cards.js does."""

    def __init__(self, audience: str) -> None:
        self.prunes = audience != "pickup"  # which is not told when an order ended
        self.cards: dict[str, Card] = {}
        self.gone: dict[str, int] = {}
        self.counts: dict[str, int] = {}

    def put(self, card: Card) -> bool:
        """Take a card; whether it was news."""
        had = self.cards.get(card["id"])
        known = had["version"] if had else self.gone.get(card["id"], 0)
        if known >= card["version"]:
            return False
        if card.get("gone"):
            self.cards.pop(card["id"], None)
            self.gone[card["id"]] = card["version"]
        else:
            self.cards[card["id"]] = card
        if card.get("ended_at"):
            self.prune()
        return True

    def replace(
        self, orders: Sequence[Card], counts: dict[str, int] | None, *, another: bool
    ) -> None:
        """Take a whole snapshot; in another epoch even older versions are true."""
        before = {} if another else self.cards
        if another:
            self.gone.clear()
        newest = [max(card, before.get(card["id"], card), key=version) for card in orders]
        self.cards = {card["id"]: card for card in newest}
        self.prune()
        self.count(counts)

    def count(self, counts: dict[str, int] | None) -> None:
        if counts is not None:
            self.counts = counts

    def prune(self) -> None:
        ended = [card for card in self.cards.values() if card.get("ended_at")]
        if self.prunes and len(ended) > ENDED_KEPT:
            ended.sort(key=lambda card: (datetime.fromisoformat(card["ended_at"]), card["id"]))
            for card in ended[:-ENDED_KEPT]:
                del self.cards[card["id"]]


def version(card: Card) -> int:
    return int(card["version"])
