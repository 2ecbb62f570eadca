"""What boards were sent: each event once, in order, and how long after its stamp."""

from __future__ import annotations

import time
from array import array
from collections import Counter

from bench.stamps import Stamps


class Board:
    """One socket: how far it has come, and what of a frame has not."""

    def __init__(self, channel: int, events: int) -> None:
        self.channel = channel
        self.seen = bytearray(events)
        self.next = 0
        self.position = self.target = 0
        self.resuming = False
        self.clear()

    def clear(self) -> None:
        self.state = "closed"
        self.rest = b""
        self.began = time.monotonic_ns()


class Tally:
    """What all boards together were sent."""

    def __init__(self, stamps: Stamps, slots: int) -> None:
        self.stamps = stamps
        self.took = array("d")
        self.first = array("Q", bytes(8 * slots))
        self.last = array("Q", bytes(8 * slots))
        self.marks = array("Q", bytes(8 * slots))
        self.number: Counter[str] = Counter()
        self.closes: Counter[int] = Counter()
        self.last_delivery = 0

    def count(self, board: Board, number: int, mark: int, now: int) -> None:
        events = self.stamps.events
        if not (0 <= number < events and 0 <= mark < events):
            self.number["strays"] += 1
        elif board.seen[number]:
            self.number["doubled"] += 1
        else:
            board.seen[number] = 1
            self.number["deliveries"] += 1
            self.number["disordered"] += number < board.next
            board.next = max(board.next, number + 1)
            self.time(board.channel * events, number, mark, now)

    def time(self, base: int, number: int, mark: int, now: int) -> None:
        slot, stamp = base + number, self.stamps.table[base + mark]
        self.first[slot] = self.first[slot] or now
        self.last[slot] = self.last_delivery = now
        self.marks[slot] = mark
        if 0 < stamp <= now:
            self.took.append((now - stamp) / 1e6)
        else:
            self.number["unstamped"] += 1
