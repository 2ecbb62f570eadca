"""What the supervisor knows of its children: their words, their ends, and when to try again."""

import os
import sys
import time

from server.children import Child, Mending, obituary


def test_dying_young_again_and_again_costs_ever_longer_pauses() -> None:
    mending = Mending("web", lambda: 1, lambda: None)
    pauses = []
    for _ in range(10):
        mending.plan("died")
        pauses.append(round((mending.due or 0) - time.monotonic(), 1))

    assert pauses[0] <= 0
    assert pauses == sorted(pauses)
    assert pauses[-1] == 8.0


def test_what_a_child_says_last_is_heard_even_without_an_end_of_line() -> None:
    child = Child("web", [sys.executable, "-c", "print('one'); print('two', end='')"], os.environ)
    voice = child.start()
    said = []
    while not voice.stream.closed or child.status() is None:
        said += voice.lines() if not voice.stream.closed else []

    assert said == ["one", "two"]


def test_an_end_is_told_in_words() -> None:
    assert obituary(3) == "ended with exit status 3"
    assert obituary(-9) == "was ended by SIGKILL"
