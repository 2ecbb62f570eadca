"""When each event was committed or sent, shared with the load generator through a file."""

import mmap
import time
from pathlib import Path
from typing import Self


class Stamps:
    """A table of CLOCK_MONOTONIC nanoseconds by channel and number."""

    def __init__(self, file: Path, channels: int, events: int) -> None:
        self.events = events
        size = channels * events * 8
        with file.open("a+b") as opened:
            opened.truncate(size)
            self.map = mmap.mmap(opened.fileno(), size)
        self.table = memoryview(self.map).cast("Q")

    def put(self, channel: int, number: int, at: int | None = None) -> None:
        self.table[channel * self.events + number] = at or time.monotonic_ns()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.table.release()
        self.map.close()
