"""The lean wire makes of any bytes what the websockets library makes of them, however they come."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Final

import pytest

from tests.realtime.lean.frames import chunks, client_frame, sequence
from tests.realtime.lean.twins import Lean, Library, Result

CHUNKINGS: Final = 4


def compare(seed: int) -> Result:
    """One random conversation, in which the server may close at some point."""
    dice = Random(seed)  # noqa: S311  # the same each time
    frames = sequence(dice)
    until = dice.choice([len(frames), len(frames), dice.randrange(len(frames))])
    expected = by_the_library(frames, until)
    for _ in range(CHUNKINGS):
        lean = Lean()
        for chunk in chunks(dice, b"".join(frames[:until])):
            lean.feed(chunk)
        if until < len(frames):
            lean.close(4001, "slow")
        for chunk in chunks(dice, b"".join(frames[until:])):
            lean.feed(chunk)
        assert lean.result == expected, f"seed {seed}"
    return expected


def by_the_library(frames: list[bytes], until: int) -> Result:
    library = Library()
    for number, frame in enumerate(frames):
        if number == until:
            library.close(4001, "slow")
        library.feed(frame)
    return library.result


async def test_random_frames_however_they_are_cut() -> None:
    results = [compare(seed) for seed in range(1_500)]

    assert sum(len(result.messages) for result in results) > 2_000
    assert seen(results) >= {1000, 1002, 1007, 1009, 4001}


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_many_more_random_frames() -> None:
    results = [compare(seed) for seed in range(1_500, 21_500)]

    assert seen(results) >= {1000, 1002, 1007, 1009, 4001}


def seen(results: list[Result]) -> set[int]:
    """The close codes that came up often enough to mean something."""
    codes = Counter(closed_with(result.written) for result in results)
    return {code for code, times in codes.items() if times >= 5}


def closed_with(written: bytes) -> int:
    at = written.rfind(b"\x88")
    return int.from_bytes(written[at + 2 : at + 4]) if at >= 0 else 0


async def test_a_bad_frame_does_not_swallow_what_came_with_it() -> None:
    lean = Lean()

    lean.feed(client_frame(1, b"one") + client_frame(1, b"two") + client_frame(3, b"wrong"))

    assert lean.result.messages == ["one", "two"]
    assert closed_with(lean.result.written) == 1002


async def test_a_goodbye_does_not_cover_up_what_was_wrong_before_it() -> None:
    lean = Lean()

    lean.feed(client_frame(1, b"\xff") + client_frame(8, b"\x03\xe8"))

    assert closed_with(lean.result.written) == 1007


@pytest.mark.parametrize("cut", range(1, 12))
async def test_a_goodbye_cut_in_half_is_one_all_the_same(cut: int) -> None:
    goodbye = client_frame(8, (1001).to_bytes(2) + b"bye")
    lean = Lean()

    lean.feed(client_frame(1, b"last") + goodbye[:cut])
    halfway = lean.result.ended
    lean.feed(goodbye[cut:])

    assert lean.result == Result(["last"], b"\x88\x05\x03\xe9bye", ended=True)
    assert halfway is (cut >= len(goodbye))


async def test_the_difference_would_be_seen() -> None:
    """A wire that answered a ping wrongly is told from the library."""
    lean, library = Lean(), Library()
    lean.feed(client_frame(9, b"ping"))
    library.feed(client_frame(9, b"gnip"))

    assert lean.result != library.result
