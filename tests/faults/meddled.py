"""`web`, and a hand in its works: SIGUSR1 blocks its loop, SIGUSR2 sets its clock anew.

`python -m tests.faults.meddled bounds` runs without that protection, for control runs.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import time_machine

from server import app
from tests.faults.unprotected import OFF

MODULE: Final = "tests.faults.meddled"
BLOCKED_SECONDS: Final = 3.0
SHIFT: Final = "shift"  # a file in VAR_DIR: by how many seconds the clock is wrong


class Clock:
    """The time of day as this process has it; what is measured goes on as before."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.wrong: time_machine.travel | None = None

    def set(self, *_: object) -> None:
        if self.wrong:
            self.wrong.stop()
            self.wrong = None
        shift = float(self.file.read_text())
        if shift:
            self.wrong = time_machine.travel(time.time() + shift, tick=True)
            self.wrong.start()


if __name__ == "__main__":
    clock = Clock(Path(os.environ["VAR_DIR"]) / SHIFT)
    signal.signal(signal.SIGUSR1, lambda *_: time.sleep(BLOCKED_SECONDS))
    signal.signal(signal.SIGUSR2, clock.set)
    with ExitStack() as stack:
        for name in sys.argv[1:]:
            for change in OFF[name]():
                stack.enter_context(change)
        sys.exit(app.serve())
