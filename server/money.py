"""Money is whole minor units (cents) and an ISO 4217 currency code; never a float."""

from decimal import Decimal
from functools import lru_cache
from typing import Final, TypedDict

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision, list_currencies

LIMIT: Final = 10**12
"""No single amount may be larger, in minor units: ten thousand million of most currencies."""


class Money(TypedDict):
    """An amount in minor units of its currency."""

    amount: int
    currency: str


def money(amount: int, currency: str) -> Money:
    """The way an amount is written in cards and answers."""
    return {"amount": amount, "currency": currency}


def shown(amount: int, currency: str, locale: str) -> str:
    """The amount as people of that locale write it: 1250 EUR in en_IE is €12.50."""
    whole = Decimal(amount).scaleb(-precision(currency))
    return str(format_currency(whole, currency, locale=parsed(locale)))


@lru_cache(maxsize=64)
def precision(currency: str) -> int:
    """How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """Every currency code that exists."""
    return frozenset(list_currencies())


@lru_cache(maxsize=64)
def parsed(locale: str) -> Locale:
    """The locale of that name, or English where nobody knows it."""
    try:
        return Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")
