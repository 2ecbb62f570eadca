"""Figures that tests measure, shown when they are done."""

import time
from collections.abc import Callable


class Figures:
    """Notes what was measured."""

    def __init__(self, record: Callable[[str, object], None]) -> None:
        self.record = record

    def note(self, name: str, value: float) -> None:
        self.record(name, round(value, 4))

    def watch(self) -> "Watch":
        """A stopwatch, started."""
        return Watch(self)


class Watch:
    """Milliseconds since it was started."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.started = time.monotonic()

    def note(self, name: str) -> None:
        self.figures.note(name, round((time.monotonic() - self.started) * 1000))
