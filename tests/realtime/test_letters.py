"""What goes through Redis comes out as it went in, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.events import Publication
from server.realtime.letters import LETTER_BYTES, Unreadable, letter, opened

SENDER = b"0123456789abcdef"
ANY = st.binary(max_size=200)

PUBLICATIONS = st.builds(
    Publication,
    channel=st.just("location:7"),
    offset=st.integers(1, 2**62),
    epoch=st.text(st.characters(codec="utf-8"), max_size=20),
    kind=st.sampled_from(["order.placed", "order.advanced"]),
    at=st.just("2026-11-22T21:05:03.123+00:00"),
    by=ANY | st.none(),
    key=st.just("order"),
    thing=ANY,
    counts=ANY | st.none(),
)


@given(PUBLICATIONS)
def test_a_letter_says_what_was_committed(publication: Publication) -> None:
    content = letter(SENDER, publication)

    assert opened("location:7", content[len(SENDER) :]) == publication


@given(PUBLICATIONS, st.integers(0, 2_000))
def test_a_letter_that_was_cut_says_nothing(publication: Publication, at: int) -> None:
    content = letter(SENDER, publication)[len(SENDER) :]

    with pytest.raises(Unreadable):
        opened("location:7", content[: at % len(content)])


@given(st.binary(max_size=300))
def test_noise_is_no_letter(noise: bytes) -> None:
    with pytest.raises(Unreadable):
        opened("location:7", noise)


def test_a_large_one_says_only_where_to_read() -> None:
    large = Publication("location:7", 9, "e1", "k", "at", None, "order", b"x" * LETTER_BYTES, None)

    content = letter(SENDER, large)

    assert len(content) < 100
    assert opened("location:7", content[len(SENDER) :]) == ("location:7", "e1", 9)
