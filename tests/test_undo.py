"""Taking the last move back."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from server.clock import now
from server.errors import Conflict, Forbidden, Stale
from server.models import LedgerEntry, Order
from server.orders import boards, details, lifecycle
from server.orders.forms import ChangeForm, MoveForm
from server.orders.stages import Flow
from server.people.actors import Right
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import Card, brought, card, move, placed, row, told
from tests.test_flows import STOPS, allowed

PASSING = {"version", "card", "undo"}


def columns(order: Order) -> dict[str, object]:
    """The order as a row, but for what is new with every version."""
    return order.model_dump(exclude=PASSING)


def shown(order: Card) -> Card:
    """The card, but for its version and for how long its last move can be undone."""
    moved = order["moved"] and {**order["moved"], "undo_until": None}
    return {**order, "version": 0, "moved": moved}


@pytest.mark.parametrize(("flow", "way"), STOPS)
def test_an_undo_restores_the_order_exactly(
    do: Do, look: Look, cast: Cast, flow: Flow, way: str
) -> None:
    order = brought(do, cast, flow, way)
    before = columns(row(look, order))

    for to in allowed(flow, way):
        match = row(look, order).version
        do(lifecycle.advance, order["id"], to, told(to), by=cast.ana, match=match)
        undone = do(lifecycle.undo, order["id"], by=cast.ana)
        assert undone.version == match + 2
        assert columns(row(look, order)) == before
        assert shown(card(undone)) == shown(order)


def test_an_undo_is_announced_and_told_in_the_history(do: Do, look: Look, cast: Cast) -> None:
    order = move(do, placed(do, cast), "ready", cast.dan)

    do(lifecycle.undo, order["id"], by=cast.ben, match=2)

    rung = do.bell.rung[-1]
    assert (rung.kind, rung.counts) == ("order.undone", b'{"pending":1}')
    _, history = look(boards.order, order["id"], by=cast.ana)
    assert [(one["kind"], one["from"], one["to"], one["by"]["name"]) for one in history[2:]] == [
        ("order.undone", "ready", "pending", "Ben")
    ]


def test_eight_seconds_later_it_is_too_late(do: Do, cast: Cast) -> None:
    first, second = (move(do, placed(do, cast), "ready", cast.dan) for _ in range(2))

    with time_machine.travel(now() + timedelta(seconds=7)):
        assert do(lifecycle.undo, first["id"], by=cast.dan).version == 3
    with (
        time_machine.travel(now() + timedelta(seconds=9)),
        pytest.raises(Conflict, match="8 seconds"),
    ):
        do(lifecycle.undo, second["id"], by=cast.dan)


def test_only_the_last_move_is_undone_and_only_once(do: Do, cast: Cast) -> None:
    order = move(do, move(do, placed(do, cast), "ready", cast.dan), "fulfilled", cast.dan)

    undone = card(do(lifecycle.undo, order["id"], by=cast.dan))

    assert undone["stage"] == "ready"
    with pytest.raises(Conflict, match="no move"):
        do(lifecycle.undo, order["id"], by=cast.dan)


def test_an_order_that_never_moved_has_nothing_to_undo(do: Do, cast: Cast) -> None:
    with pytest.raises(Conflict, match="no move"):
        do(lifecycle.undo, placed(do, cast)["id"], by=cast.dan)


def test_an_undo_of_what_somebody_else_has_moved_since_is_refused(do: Do, cast: Cast) -> None:
    order = move(do, placed(do, cast), "ready", cast.dan)
    move(do, order, "fulfilled", cast.ben)

    with pytest.raises(Stale, match="Ben"):
        do(lifecycle.undo, order["id"], by=cast.dan, match=order["version"])


def test_an_undo_keeps_what_was_corrected_meanwhile(do: Do, cast: Cast) -> None:
    order = brought(do, cast, Flow.DELIVERY, "incoming accepted ready")
    change = ChangeForm(instructions="Ring twice", prep_minutes=55)
    changed = card(do(details.change, order["id"], change, by=cast.ana))

    undone = card(do(lifecycle.undo, order["id"], by=cast.ana))

    assert undone["stage"] == "accepted"
    assert undone["instructions"] == "Ring twice"
    assert undone["promised_at"] == changed["promised_at"]


def test_an_undone_payment_was_never_made(do: Do, look: Look, cast: Cast) -> None:
    order = brought(do, cast, Flow.TICKETS, "reserved paid")
    assert order["payment"]["paid"]["amount"] == 2050

    undone = card(do(lifecycle.undo, order["id"], by=cast.ana))

    assert (undone["payment"]["paid"]["amount"], undone["payment"]["owed"]["amount"]) == (0, 2050)
    entry = look(lambda session: session.exec(select(LedgerEntry)).one())
    assert (entry.amount, entry.state) == (2050, "failed")


def test_an_undone_order_can_be_moved_again(do: Do, cast: Cast) -> None:
    order = move(do, placed(do, cast), "fulfilled", cast.dan)
    undone = card(do(lifecycle.undo, order["id"], by=cast.dan))

    again = do(lifecycle.advance, order["id"], "ready", MoveForm(), by=cast.dan, match=3)

    assert undone["ended_at"] is None
    assert card(again)["stage"] == "ready"


def test_an_undo_takes_the_right_to_move(do: Do, cast: Cast) -> None:
    order = move(do, placed(do, cast), "ready", cast.dan)
    reader = replace(cast.shop, scopes=frozenset({Right.ORDERS_READ}))

    with pytest.raises(Forbidden):
        do(lifecycle.undo, order["id"], by=reader)
