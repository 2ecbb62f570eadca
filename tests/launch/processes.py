"""Looking at processes that are not our children."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")


def alive(pid: int) -> bool:
    """Whether it runs; a dead one that nobody has buried yet does not."""
    try:
        os.kill(pid, 0)
        return not PROC.is_dir() or (PROC / f"{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def resident_kilobytes(pid: int) -> int:
    if PROC.is_dir():
        return int((PROC / f"{pid}/status").read_text().partition("VmRSS:")[2].split()[0])
    listed = subprocess.run(
        ["/bin/ps", "-o", "rss=", "-p", str(pid)], check=True, capture_output=True, text=True
    )
    return int(listed.stdout)


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not come to pass in time"
        time.sleep(0.01)
