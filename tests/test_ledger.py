"""Money: what was charged, what is paid, what is owed."""

from typing import Any

import pytest
from sqlmodel import select

from server.models import LedgerEntry
from server.orders import lifecycle
from server.orders.stages import Flow
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import Card, brought, card, move, placed, row


def entries(look: Look, order: Card) -> list[tuple[str, str, int, str]]:
    of_it = select(LedgerEntry).where(LedgerEntry.order_id == order["id"])
    found = look(lambda session: session.exec(of_it.order_by("id")).all())
    return [(one.kind, one.method, one.amount, one.state) for one in found]


@pytest.mark.parametrize("state", ["pending", "done", "failed"])
def test_a_payment_that_comes_with_the_order_is_written_down(
    do: Do, look: Look, cast: Cast, state: str
) -> None:
    order = placed(do, cast, payment={"method": "card", "state": state})

    assert entries(look, order) == [("charge", "card", 2050, state)]
    assert row(look, order).paid == (2050 if state == "done" else 0)


def test_an_order_without_a_payment_has_no_entry(do: Do, look: Look, cast: Cast) -> None:
    assert entries(look, placed(do, cast)) == []


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        (None, [("charge", "manual", 2050, "done")]),
        ({"method": "bank_transfer"}, [("charge", "bank_transfer", 2050, "pending"),
                                       ("charge", "bank_transfer", 2050, "done")]),
    ],
)  # fmt: skip
def test_an_order_set_to_paid_is_charged_what_is_owed(
    do: Do, look: Look, cast: Cast, payment: Any, expected: Any
) -> None:
    order = placed(do, cast, cast.store, payment=payment)

    paid = move(do, order, "paid", cast.ana)

    assert entries(look, order) == expected
    assert (paid["payment"]["paid"]["amount"], paid["payment"]["owed"]["amount"]) == (2050, 0)


def test_what_is_paid_already_is_not_charged_again(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast, cast.festival, payment={"method": "card", "state": "done"})
    for stage in ("return_requested", "paid"):
        order = move(do, order, stage, cast.ana)

    assert entries(look, order) == [("charge", "card", 2050, "done")]


def test_a_free_order_owes_nothing(do: Do, look: Look, cast: Cast) -> None:
    gift = [{"name": "Sample", "quantity": 3, "unit_price": 0}]

    paid = move(do, placed(do, cast, cast.store, lines=gift), "paid", cast.ana)

    assert entries(look, paid) == []
    assert paid["payment"]["owed"]["amount"] == 0


def test_paid_undone_and_paid_again_is_paid_once(do: Do, look: Look, cast: Cast) -> None:
    order = brought(do, cast, Flow.SHIPPING, "awaiting_payment paid")
    order = card(do(lifecycle.undo, order["id"], by=cast.ana))

    order = move(do, order, "paid", cast.ana)

    assert [state for *_, state in entries(look, order)] == ["failed", "done"]
    assert order["payment"]["paid"]["amount"] == 2050
