"""What is said to the person who started us."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class CannotStart(Exception):
    """Something needed is not there; the message is a sentence that says what to do about it."""


def say(words: str, *, end: str = "\n", to: TextIO | None = None) -> None:
    stream = to or sys.stdout
    try:
        stream.write(words + end)
        stream.flush()
    except OSError:  # whoever read us has gone; the work goes on
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def saying(words: str, *, to: TextIO | None = None) -> Iterator[None]:
    """`words …` while it is being done, and the time it took when it is."""
    say(f"{words} … ", end="", to=to)
    start = time.monotonic()
    try:
        yield
    except BaseException:
        say("not done", to=to)
        raise
    say(f"{time.monotonic() - start:.1f} s", to=to)
