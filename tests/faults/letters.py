"""What Redis says to a subscriber, in pieces that can be dropped, repeated and reordered."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

NESTED: Final = b"*>"
SIZED: Final = b"$="
MESSAGE: Final = b"message\r\n"


def end(buffer: bytes, start: int) -> int:
    """Where the reply that begins there ends; -1 while it is not all there."""
    line = buffer.find(b"\r\n", start)
    if line < 0:
        return -1
    kind, after = buffer[start : start + 1], line + 2
    if kind in SIZED:
        size = int(buffer[start + 1 : line])
        after += size + 2 if size >= 0 else 0
        return after if after <= len(buffer) else -1
    if kind in NESTED:
        for _ in range(max(0, int(buffer[start + 1 : line]))):
            after = end(buffer, after)
            if after < 0:
                return -1
    return after


@dataclass
class Mood:
    """How much of what Redis says is dropped, said twice, and overtaken by what comes later."""

    dropped: float = 0.0
    repeated: float = 0.0
    late: float = 0.0
    seed: int = 3
    counts: Counter[str] = field(default_factory=Counter)

    def liar(self) -> Liar:
        """For one link."""
        return Liar(self)


class Liar:
    """Passes on what Redis says, as its mood is just then."""

    def __init__(self, mood: Mood) -> None:
        self.mood = mood
        self.chance = random.Random(mood.seed)  # noqa: S311  # repeatable
        self.unread = b""
        self.late: list[bytes] = []

    def __call__(self, some: bytes) -> bytes:
        """What is passed on of what came in."""
        self.unread += some
        told: list[bytes] = []
        start = 0
        while (after := end(self.unread, start)) > 0:
            told += self.retold(self.unread[start:after])
            start = after
        self.unread = self.unread[start:]
        return b"".join(told)

    def retold(self, reply: bytes) -> list[bytes]:
        mood, fate = self.mood, self.chance.random()
        if MESSAGE not in reply[:24]:
            return [reply]
        if fate < mood.dropped:
            mood.counts["dropped"] += 1
            return []
        held, self.late = self.late, []
        told = [reply]
        if fate < mood.dropped + mood.repeated:
            mood.counts["repeated"] += 1
            told.append(reply)
        if self.chance.random() < mood.late:  # the next one overtakes it
            mood.counts["late"] += 1
            self.late = [told.pop()]
        return [*told, *held]
