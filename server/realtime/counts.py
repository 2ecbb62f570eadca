"""What happened in one hub since its process began."""

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
    lag_ms: int = 0  # how late the last pulse was
