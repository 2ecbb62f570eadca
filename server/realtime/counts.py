"""What happened in one hub since its process began."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Plain numbers, for whoever measures."""

    events: int = 0  # taken into a ring
    deliveries: int = 0  # events written to sockets
    gaps: int = 0  # healed from the book
    restarts: int = 0  # another epoch, a fallen head, or too far behind
    regressions: int = 0  # a head lower than one already seen
    resumes: int = 0
    snapshots: int = 0
    slow_closes: int = 0


class Histogram:
    """How many durations were at most so long; the last count is of those beyond every bound."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def note(self, seconds: float) -> None:
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds
