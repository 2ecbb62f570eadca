"""How late this process is: a task that should run four times a second notes when it did not."""

import asyncio
import time
from typing import Final

from server.realtime.counts import Histogram

EVERY_SECONDS: Final = 0.25
WINDOW_SECONDS: Final = 30.0  # the worst of this window and the one before is told
BOUNDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Tick:
    """The lag of the event loop: of late, at its worst in the last minute, and all of it."""

    def __init__(self) -> None:
        self.last = 0.0
        self.lags = Histogram(BOUNDS)
        self.worsts = [0.0, 0.0]
        self.window_ends = 0.0

    @property
    def worst(self) -> float:
        return max(self.worsts)

    async def run(self) -> None:
        while True:
            due = time.monotonic() + EVERY_SECONDS
            await asyncio.sleep(EVERY_SECONDS)
            now = time.monotonic()
            self.note(max(0.0, now - due), now)

    def note(self, lag: float, now: float) -> None:
        if now >= self.window_ends:
            self.worsts = [self.worsts[1], 0.0]
            self.window_ends = now + WINDOW_SECONDS
        self.last = lag
        self.worsts[1] = max(self.worsts[1], lag)
        self.lags.note(lag)
