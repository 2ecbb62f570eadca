"""Where a board stands in its channel: each event once and in order, or a question to ask."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

GAP_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Piece:
    """An event, or a run of offsets that this audience may not see."""

    first: int
    last: int
    told: dict[str, Any] | None = None


@dataclass(slots=True)
class Whole:
    """A snapshot, as far as its parts have come."""

    epoch: str
    offset: int
    counts: dict[str, int] | None = None
    orders: list[dict[str, Any]] = field(default_factory=list)
    parts: int = 0
    another: bool = False  # another numbering than the board had


class Position:
    """Epoch and offset, what came too early, and what has to be asked."""

    def __init__(self) -> None:
        self.epoch = ""
        self.offset = 0
        self.parts: Whole | None = None
        self.ahead: list[Piece] = []
        self.gap_at: float | None = None
        self.asked_at: float | None = None
        self.unasked: dict[str, Any] | None = None
        self.gaps = 0
        self.repeated = 0

    @property
    def known(self) -> bool:
        return bool(self.epoch)

    def ask(self, *, anew: bool = False) -> dict[str, Any]:
        """What to subscribe with: from where we are, or for a whole snapshot."""
        self.parts = self.unasked = None
        self.asked_at = time.monotonic()
        return {} if anew or not self.known else {"since": self.offset, "epoch": self.epoch}

    def question(self) -> dict[str, Any] | None:
        """What to ask now, if anything: a gap that stays takes a snapshot."""
        if self.unasked is not None:
            return self.ask()
        if self.gap_at is None or time.monotonic() - self.gap_at < GAP_SECONDS:
            return None
        if self.asked_at is None:
            return self.ask()
        return self.ask(anew=True) if time.monotonic() - self.asked_at > GAP_SECONDS else None

    def compare(self, head: int) -> None:
        """The book goes further than we do."""
        if head > self.offset and self.gap_at is None:
            self.gap_at = time.monotonic()

    def collect(self, part: dict[str, Any]) -> Whole | None:
        """A part of a snapshot; the whole once it is."""
        if part["part"] == 1:
            self.parts = Whole(part["epoch"], part["offset"])
        whole = self.parts
        assert whole, "a part of a snapshot without the one before it"
        assert (whole.parts + 1, whole.offset) == (part["part"], part["offset"]), part["part"]
        whole.orders += part["orders"]
        whole.counts = part.get("counts", whole.counts)
        whole.parts += 1
        return self.adopt(whole) if whole.parts == part["of"] else None

    def adopt(self, whole: Whole) -> Whole | None:
        self.parts = None
        whole.another = whole.epoch != self.epoch
        if not whole.another and whole.offset < self.offset:
            return None
        self.epoch, self.offset = whole.epoch, whole.offset
        if whole.another:
            self.ahead.clear()
        return whole

    def take(self, piece: Piece) -> bool:
        """Whether it is what comes next; what comes later waits, what is over is counted."""
        if self.parts or piece.first > self.offset + 1:
            self.keep(piece)
            return False
        if piece.last <= self.offset:
            self.repeated += 1
            return False
        self.offset = piece.last
        return True

    def keep(self, piece: Piece) -> None:
        self.ahead.append(piece)
        self.gaps += 1
        self.gap_at = self.gap_at or time.monotonic()
        if self.asked_at is None and not self.parts:
            self.unasked = {}

    def settled(self) -> Iterator[Piece]:
        """What waited and is next now."""
        self.ahead.sort(key=lambda piece: piece.first)
        while self.ahead and self.ahead[0].first <= self.offset + 1:
            piece = self.ahead.pop(0)
            if piece.last > self.offset:
                self.offset = piece.last
                yield piece
        if not self.ahead:
            self.gap_at = self.asked_at = None
