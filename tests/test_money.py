"""Amounts as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.money import LIMIT, currencies, money, precision, shown


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "words"),
    [
        (1250, "EUR", "en_IE", "€12.50"),
        (1250, "USD", "en-US", "$12.50"),
        (1250, "JPY", "en", "¥1,250"),
        (1250, "KWD", "en", "KWD1.250"),
        (1250, "EUR", "fi_FI", "12,50 €"),
        (0, "EUR", "en_IE", "€0.00"),
        (-305, "EUR", "en_IE", "-€3.05"),
        (LIMIT - 1, "EUR", "en_IE", "€9,999,999,999.99"),
        (1250, "EUR", "tlh_QQ", "€12.50"),
        (1250, "EUR", "not a locale", "€12.50"),
    ],
)
def test_an_amount_is_shown_as_people_write_it(
    amount: int, currency: str, locale: str, words: str
) -> None:
    assert shown(amount, currency, locale).replace("\xa0", " ") == words


@given(st.integers(0, LIMIT), st.sampled_from(["EUR", "JPY", "KWD", "CLF"]))
def test_no_minor_unit_is_lost_in_what_is_shown(amount: int, currency: str) -> None:
    digits = "".join(filter(str.isdigit, shown(amount, currency, "en_IE")))

    assert int(digits) == amount


def test_an_amount_is_written_with_its_currency() -> None:
    assert money(1250, "EUR") == {"amount": 1250, "currency": "EUR"}


def test_currencies_have_their_decimals() -> None:
    assert {code: precision(code) for code in ("EUR", "JPY", "KWD")} == {
        "EUR": 2,
        "JPY": 0,
        "KWD": 3,
    }
    assert {"EUR", "USD"} <= currencies()
    assert "ZZZ" not in currencies()
