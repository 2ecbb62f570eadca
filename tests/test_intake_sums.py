"""What a new order costs, and where its sums do not add up."""

from typing import Any, Final

import orjson
import pytest

from server.orders import intake
from server.orders.changes import Outcome
from tests.cast import Cast, wish
from tests.hands import Do

LINE: Final = {"name": "Tea", "quantity": 1, "unit_price": 1}
DOLLAR: Final = {"amount": 100, "currency": "USD"}


def card(outcome: Outcome) -> dict[str, Any]:
    whole: dict[str, Any] = orjson.loads(outcome.card)
    return whole


def amounts(outcome: Outcome) -> dict[str, int]:
    return {name: money["amount"] for name, money in card(outcome)["totals"].items()}


def test_the_sums_add_up(do: Do, cast: Cast) -> None:
    totals = {"discount": 100, "service_fee": 50, "tax": 240, "tip": 10}

    placed = do(intake.place, wish(cast.bar, totals=totals), by=cast.shop)

    assert amounts(placed) == {"subtotal": 2050, "total": 2250, **totals}


@pytest.mark.parametrize("total", [2290, 2050, {"amount": 2290, "currency": "EUR"}])
def test_a_given_total_has_tax_on_top_or_inside(do: Do, cast: Cast, total: Any) -> None:
    totals = {"tax": 240, "total": total}

    placed = do(intake.place, wish(cast.bar, totals=totals), by=cast.shop)

    assert amounts(placed)["total"] == (total if isinstance(total, int) else 2290)
