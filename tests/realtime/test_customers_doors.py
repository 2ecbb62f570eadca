"""Who may follow an order as its customer, how many may, and what is left of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server.realtime.book import NOBODY
from server.realtime.connection import Connection
from server.realtime.protocol import Close
from tests.realtime.customers import OPEN, OTHER, bar, sell, shown, visit
from tests.realtime.house import BLIND, QUICK
from tests.realtime.shelf import BAR
from tests.realtime.sockets import FakeSocket


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"subscribe": BAR}, Close.SIGNED_OUT),
        ({"subscribe": BAR, "audience": "buyer"}, Close.SIGNED_OUT),
        ({"subscribe": "organization:1"}, Close.SIGNED_OUT),
        ({"subscribe": OPEN, "audience": "staff"}, Close.NOT_YOURS),
        ({"subscribe": OPEN}, Close.NOT_YOURS),
        ({"subscribe": OPEN, "audience": "buyer", "build": "b0"}, Close.RELOAD),
    ],
)
async def test_nobody_may_follow_anything_else(asked: dict[str, Any], code: Close) -> None:
    async with bar() as made:
        socket = FakeSocket()
        connection = made.hub.connect(NOBODY, socket)
        assert isinstance(connection, Connection)

        made.say(connection, asked)

        assert socket.code == code
        assert not socket.only("whole")


async def test_no_board_is_anybodys_order() -> None:
    async with bar() as made:
        connection, socket = made.connect()

        made.say(connection, {"subscribe": BAR, "audience": "buyer"})

        assert socket.code == Close.NOT_YOURS


async def test_somebody_who_is_signed_in_may_open_a_link_too() -> None:
    async with bar() as made:
        connection, socket = await made.board()

        made.say(connection, {"subscribe": OPEN, "audience": "buyer"})

        await shown(socket, 1)
        assert socket.only("snapshot")


async def test_a_customer_hears_that_the_database_was_looked_at() -> None:
    async with bar() as made:
        socket = visit(made)

        await socket.until(lambda s: s.only("head"))

        assert socket.only("head")[0]["head"] == {}


async def test_whoever_says_nothing_is_sent_away() -> None:
    async with bar() as made:
        socket = FakeSocket()
        made.hub.connect(NOBODY, socket)

        await socket.until(lambda s: s.code == Close.TOO_SLOW)


async def test_the_number_of_customers_is_bounded() -> None:
    async with bar(replace(QUICK, sockets_of_customers=3, orders_per_customer=2)) as made:
        pages = [visit(made) for _ in range(3)]
        late = FakeSocket()
        made.hub.connect(NOBODY, late)
        _, board = await made.board()

        assert late.code == Close.TRY_LATER
        assert board.code is None
        assert [page.code for page in pages] == [None] * 3


async def test_one_socket_does_not_follow_all_orders() -> None:
    async with bar(replace(QUICK, orders_per_customer=2)) as made:
        socket = visit(made)
        connection = next(iter(made.hub.connections))
        for name in (OTHER, OPEN, "order:another.token"):
            made.say(connection, {"subscribe": name, "audience": "buyer"})

        assert socket.code == Close.TRY_LATER


async def test_nothing_is_left_of_those_who_have_gone() -> None:
    async with bar(replace(QUICK, linger_seconds=0.0)) as made:
        socket = visit(made)
        await shown(socket, 1)

        for connection in list(made.hub.connections):
            connection.gone()

        assert not made.hub.customers.here
        assert not made.hub.channels[BAR].customers
        made.hub.tidy()
        assert BAR not in made.hub.channels


async def test_a_channel_is_kept_for_customers_alone() -> None:
    async with bar(replace(QUICK, linger_seconds=0.0)) as made:
        socket = visit(made)
        await shown(socket, 1)

        made.hub.tidy()

        sell(made, OPEN, 1, version=2)
        await made.place(order=1)
        await shown(socket, 2)


async def test_whoever_follows_nothing_any_more_is_sent_away() -> None:
    async with bar() as made:
        socket = visit(made)
        await shown(socket, 1)
        connection = next(iter(made.hub.connections))

        made.say(connection, {"unsubscribe": OPEN})

        await socket.until(lambda s: s.code == Close.TOO_SLOW)


async def test_a_board_that_is_left_does_not_end_the_order_beside_it() -> None:
    async with bar(BLIND) as made:
        connection, socket = await made.board()
        made.say(connection, {"subscribe": OPEN, "audience": "buyer"})
        await shown(socket, 1)

        made.say(connection, {"unsubscribe": BAR})

        assert connection not in made.hub.silent
