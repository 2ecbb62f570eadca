"""Boards: open orders and the last ended ones, at one position."""

from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import insert, select

from server.models import Order
from server.orders import boards
from server.orders.boards import ENDED_KEPT
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import Card, move, placed


def ids(*orders: Card) -> list[str]:
    return [order["id"] for order in orders]


def test_a_board_holds_the_open_orders_oldest_first_then_the_ended_newest_first(
    do: Do, look: Look, cast: Cast
) -> None:
    first, second, third, fourth = (placed(do, cast) for _ in range(4))
    placed(do, cast, cast.kitchen)
    gone = move(do, second, "cancelled", cast.dan)
    done = move(do, first, "fulfilled", cast.dan)

    board = look(boards.snapshot, cast.bar)

    assert [orjson.loads(card) for card in board.orders] == [third, fourth, done, gone]
    assert orjson.loads(board.counts) == {"pending": 2, "cancelled": 1, "fulfilled": 1}
    assert board.offset == 6


def test_an_empty_board_has_its_position(look: Look, cast: Cast) -> None:
    board = look(boards.of_channel, f"location:{cast.bar}")

    assert (board.offset, board.orders, board.counts) == (0, [], b"{}")
    assert board.epoch == look(boards.head, cast.bar, by=cast.ana).epoch


def test_an_organizations_own_channel_holds_no_orders(do: Do, look: Look, cast: Cast) -> None:
    placed(do, cast)

    board = look(boards.of_channel, f"organization:{cast.harbour}")

    assert (board.offset, board.orders, board.counts) == (0, [], b"{}")


def test_a_board_keeps_only_the_last_ended_orders(do: Do, look: Look, cast: Cast) -> None:
    ended = move(do, placed(do, cast), "fulfilled", cast.dan)
    open_order = placed(do, cast)
    many = ENDED_KEPT + 5
    last = do(multiplied, ended["id"], many)

    board = look(boards.snapshot, cast.bar)

    shown = [orjson.loads(card)["id"] for card in board.orders]
    assert shown[0] == open_order["id"]
    assert shown[1:] == last[::-1][:ENDED_KEPT]


def multiplied(session: Any, order_id: str, number: int) -> list[str]:
    """Copies of an ended order, each a minute younger than the one before; their ids."""
    table = Order.__table__  # type: ignore[attr-defined]
    one = dict(session.execute(select(table).where(table.c.id == order_id)).mappings().one())
    rows = [
        one
        | {
            "id": f"ord_copy{n:04}",
            "code": f"COPY{n}",
            "ended_at": one["ended_at"] + timedelta(minutes=n + 1),
            "card": orjson.dumps({"id": f"ord_copy{n:04}"}).decode(),
        }
        for n in range(number)
    ]
    session.execute(insert(table), rows)
    return [row["id"] for row in rows]
