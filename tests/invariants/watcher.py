"""A board that holds every frame, as it comes, against what was promised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from server.realtime.connection import Connection
from tests.flow.truth import fingerprint
from tests.realtime.board import Board

HELD: Final = 12 * 1024  # bytes that a socket is given after it said that it takes no more


class Watcher(Board):
    """Raises at the first frame that breaks an invariant; each message begins with its number."""

    def __init__(self, channel: str, visible: Callable[[int, str], bool]) -> None:
        super().__init__()
        self.channel = channel
        self.visible = visible  # whether the book has that version of that order, for others
        self.connection: Connection | None = None
        self.audience = ""
        self.key = ""
        self.dead = False  # its process was killed: nothing arrives
        self.false = False  # it came with a position that cannot be
        self.base = (-1, "")  # its last snapshot
        self.at_base: dict[str, Any] = {}
        self.full = False  # takes nothing, whatever anybody believes
        self.held = 0
        self.broken: list[str] = []

    @property
    def hash(self) -> str:
        return fingerprint(self.cards.values())

    def write(self, run: bytes) -> None:
        if self.dead:
            return
        self.held = self.held + len(run) if self.full else 0
        try:
            super().write(run)
        except AssertionError as wrong:
            self.broken.append(f"I4/I5 {self.position}: {wrong}")
        self.claim(self.held <= HELD, f"I11 {self.held} bytes for a socket that takes none")

    def stall(self) -> None:
        super().stall()
        self.full = True

    def recover(self) -> None:
        self.full = False
        super().recover()

    def close(self, code: int, reason: str) -> None:
        if not self.dead:
            super().close(code, reason)

    def take(self, message: dict[str, Any]) -> None:
        self.permitted(message)
        if "event" in message:
            order = message["order"]
            there = self.visible(order["version"], order["id"])
            self.claim(there, f"I16 {message['offset']} was sent before others can read it")
            self.claim(not self.false, "I10 a position that cannot be was answered with a delta")
        super().take(message)
        if message.get("snapshot"):
            self.false = False
            if message["part"] == message["of"]:
                self.base, self.at_base = (self.position, str(self.epoch)), dict(self.cards)

    def permitted(self, message: dict[str, Any]) -> None:
        name = message.get("channel") or message.get("snapshot") or message.get("skip")
        if name and self.connection:
            may = self.connection.grant.may_watch(name, self.audience)  # type: ignore[arg-type]
            self.claim(may, f"I12 {name} was shown to whom it is not granted")

    def claim(self, holds: bool, words: str) -> None:
        if not holds:
            self.broken.append(words)

    def put(self, cards: dict[str, Any], card: dict[str, Any]) -> None:
        """The newer version wins; within an epoch it always is the later one."""
        known = cards.get(card["id"], {"version": -1})["version"]
        self.claim(known < card["version"], f"I5 {card['id']} fell from {known}")
        cards[card["id"]] = card

    def back(self) -> tuple[Watcher, dict[str, Any]]:
        """The same board after a break, and what it asks for."""
        again = Watcher(self.channel, self.visible)
        again.audience, again.key = self.audience, self.key
        asked: dict[str, Any] = {"subscribe": self.channel, "audience": self.audience}
        if self.epoch is None:
            return again, asked
        again.position, again.epoch, again.base = self.position, self.epoch, self.base
        again.cards, again.at_base = dict(self.cards), self.at_base
        return again, {**asked, "since": self.position, "epoch": self.epoch}
