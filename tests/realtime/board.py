"""A board that keeps the rules of the protocol, and checks that the hub keeps them too."""

from __future__ import annotations

from typing import Any

import orjson

from server.realtime import frames
from tests.realtime.shelf import BAR
from tests.realtime.sockets import FakeSocket


class Board(FakeSocket):
    """Every offset once, in order, without a gap; a snapshot replaces everything."""

    def __init__(self) -> None:
        super().__init__()
        self.position = -1
        self.epoch: str | None = None
        self.cards: dict[str, Any] = {}
        self.incoming: dict[str, Any] = {}
        self.parts = 0

    def write(self, run: bytes) -> None:
        super().write(run)
        for text in frames.texts(run):
            self.take(orjson.loads(text))

    def take(self, message: dict[str, Any]) -> None:
        if "snapshot" in message:
            self.replace(message)
        elif "skip" in message:
            assert message["from"] == self.position + 1
            self.position = message["to"]
        elif "event" in message:
            assert message["offset"] == self.position + 1
            assert not self.incoming
            self.position += 1
            self.put(self.cards, message["order"])

    def replace(self, part: dict[str, Any]) -> None:
        if part["part"] == 1:
            self.incoming, self.parts = {}, 0
        self.parts += 1
        assert part["part"] == self.parts
        for card in part["orders"]:
            self.put(self.incoming, card)
        if part["part"] == part["of"]:
            self.cards, self.incoming = self.incoming, {}
            self.position, self.epoch = part["offset"], part["epoch"]

    def put(self, cards: dict[str, Any], card: dict[str, Any]) -> None:
        """The newer version wins; within a channel it always is the later one."""
        assert cards.get(card["id"], {"version": -1})["version"] < card["version"]
        cards[card["id"]] = card

    def back(self) -> tuple[Board, dict[str, Any]]:
        """The same board after a break, and what it asks for."""
        again = Board()
        if self.epoch is None:
            return again, {"subscribe": BAR}
        again.position, again.epoch = self.position, self.epoch
        again.cards = dict(self.cards)
        return again, {"subscribe": BAR, "since": self.position, "epoch": self.epoch}
