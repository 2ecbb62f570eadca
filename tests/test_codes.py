"""The names of an order."""

import re
import secrets
import time

import pytest

from server.orders import codes, intake
from tests.cast import Cast, wish
from tests.hands import Do

SHAPE = re.compile(r"[BCDFGHJKMNPQRSTVWXYZ][BCDFGHJKMNPQRSTVWXYZ2-9]{2,}[2-9]")


def test_an_id_is_long_lower_case_and_never_the_same() -> None:
    ids = {codes.new_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert all(re.fullmatch(r"ord_[0-9a-hjkmnp-tv-z]{26}", one) for one in ids)


def test_ids_sort_by_the_time_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    times = [10**18, 10**18 + 10**6, 2 * 10**18, 4 * 10**18]
    monkeypatch.setattr(time, "time_ns", iter(times).__next__)

    made = [codes.new_id() for _ in times]

    assert made == sorted(made)


def test_a_code_is_short_and_looks_like_no_word_number_or_id() -> None:
    for length in (4, 5, 6):
        assert all(
            SHAPE.fullmatch(code) and len(code) == length
            for code in (codes.spelled(length) for _ in range(300))
        )


def test_a_code_grows_once_the_short_ones_are_taken(
    do: Do, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "choice", lambda letters: letters[0])  # luck has run out

    placed = [do(intake.place, wish(cast.bar), by=cast.shop) for _ in range(3)]

    assert [b'"code":"BBB2"' in placed[0].card, b'"code":"BBBB2"' in placed[1].card] == [True] * 2
    assert b'"code":"BBBBB2"' in placed[2].card


def test_codes_are_unique_per_organization_only(
    do: Do, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "choice", lambda letters: letters[0])

    here = do(intake.place, wish(cast.bar), by=cast.shop)
    there = do(intake.place, wish(cast.island), by=cast.cora)

    assert b'"code":"BBB2"' in here.card
    assert b'"code":"BBB2"' in there.card
