"""Cells that a spreadsheet program leaves alone, and that come back as they were (S14)."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.orders.sheets import BOM, RISKY, decimal, safe, written

PAYLOADS = (
    "=1+1", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://evil.example\",\"ok\")", "=IMPORTXML(A1)",
    "+1+1", "+358401234567", "-1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)", "@import",
    "\t=1+1", "\r=1+1", "\n=1+1", "\t", "\r", "\n", "\r\n=1", "\t\t-1",
    "＝1+1", "＋1+1", "－1+1", "＠SUM(1)", "﹦1", "﹢1", "﹣1", "﹫x",
    " =1+1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\u202e=1", "\u3000＝1",
    "'=1+1", "'", "''", "'quoted'", "=\"a\";\"b\",'c'", "=1\r\n=2", "-", "=",
)  # fmt: skip
HARMLESS = (
    "", "Burger", "2× Burger", "a=b", "a,b", "a;b", 'say "x"', "one\r\ntwo", "Zoë", "שרה",
    " spaced ", "100 %", "#hash", "|pipe", "1-2",
)  # fmt: skip


def back(cell: str) -> str:
    """What an importing program makes of a cell."""
    return cell.removeprefix("'")


def through_a_file(cells: list[str]) -> list[str]:
    """The cells after they were written to a file and read again."""
    raw = BOM + written([[safe(cell) for cell in cells]])
    [row] = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    return row


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_calculates_leaves_the_house(payload: str) -> None:
    [cell] = through_a_file([payload])

    assert cell[0] == "'"
    assert back(cell) == payload


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert through_a_file([text, "end"])[0] == text


def test_there_are_forty_of_them() -> None:
    assert len(set(PAYLOADS)) == 40


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1)
)
def test_any_row_comes_back(cells: list[str]) -> None:
    read = through_a_file([*cells, "end"])

    assert [back(cell) for cell in read] == [*cells, "end"]
    assert not any(cell[:1] in RISKY - {"'"} for cell in read)


@pytest.mark.parametrize(
    ("amount", "currency", "number"),
    [(1250, "EUR", "12.50"), (0, "EUR", "0.00"), (-5, "EUR", "-0.05"), (1250, "JPY", "1250"),
     (1250, "KWD", "1.250"), (10**12, "EUR", "10000000000.00")],
)  # fmt: skip
def test_amounts_are_plain_numbers(amount: int, currency: str, number: str) -> None:
    assert decimal(amount, currency) == number
    assert Decimal(number).is_finite()
