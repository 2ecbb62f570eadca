"""The environment we run in: `.venv` beside the code, filled from the lock by plain Python.

What is said goes to stderr: the answers of commands like `key` stand alone on stdout.
"""

import fcntl
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from server.console import say

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / "unfinished"  # stands while the environment is made or filled
NEEDS_TESTS = {"test", "check"}


def enter(arguments: Sequence[str]) -> None:
    """Return only inside the environment, and only when it holds what these arguments need."""
    level = "test" if NEEDS_TESTS.intersection(arguments[:1]) else "runtime"
    if inside() and filled(level):
        return
    if not inside() and usable():
        step_in()
    try:
        with alone():
            prepare(level)
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next start makes the environment anew.")


def prepare(level: str) -> None:
    """Do the one thing that is missing, and start over with it."""
    from server import installing  # here: most starts never need it

    if inside() and filled(level):  # while we waited to be alone
        return
    if inside() and usable() and (ways := installing.ways()):
        installing.fill(level, ways)
    elif inside() or not usable():
        installing.make()
    step_in()


def inside() -> bool:
    return VENV.exists() and Path(sys.prefix).samefile(VENV)


def usable() -> bool:
    return os.access(PYTHON, os.X_OK) and not UNFINISHED.exists()


def step_in() -> NoReturn:
    os.execv(PYTHON, [str(PYTHON), *sys.orig_argv[1:]])


def lock(level: str) -> Path:
    return ROOT / "requirements" / f"{level}.txt"


def stamp(level: str) -> Path:
    """A copy of the lock, kept where only the Python it was installed for finds it."""
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return VENV / "lib" / python / f"heard-{level}.txt"


def filled(level: str) -> bool:
    try:
        return stamp(level).read_bytes() == lock(level).read_bytes()
    except FileNotFoundError:
        return False


@contextmanager
def alone() -> Iterator[None]:
    """Two first starts at once would trip over each other."""
    checkout = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(checkout, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Another start is installing; waiting for it …", to=sys.stderr)
        fcntl.flock(checkout, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(checkout)


if __name__ == "__main__":
    enter(sys.argv[1:])
