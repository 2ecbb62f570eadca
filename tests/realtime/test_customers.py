"""Customers' sockets: one order each, whole cards by version, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import orjson
import pytest

from server.realtime.book import NOBODY
from server.realtime.connection import Connection
from server.realtime.protocol import Close
from tests.realtime.house import BLIND, QUICK, House, house
from tests.realtime.patience import eventually
from tests.realtime.shelf import BAR, SECRET, SHOP, Purchase
from tests.realtime.sockets import FakeSocket

OPEN: Final = "order:maria.token"
OTHER: Final = "order:max.token"


@asynccontextmanager
async def bar(limits: Any = QUICK) -> AsyncIterator[House]:
    """A house with two orders at the bar, and links for both."""
    async with house(limits) as made:
        sell(made, OPEN, 1)
        sell(made, OTHER, 2)
        yield made


def sell(made: House, name: str, order: int, *, version: int = 1, channel: str = BAR) -> None:
    """What a link opens from now on."""
    card = orjson.dumps({"id": f"ord_{order}", "code": f"K{order}", "version": version})
    token = name.removeprefix("order:")
    made.shelf.purchases[token] = Purchase(f"ord_{order}", channel, version, card)


def visit(made: House, name: str = OPEN, **more: Any) -> FakeSocket:
    """Somebody who is not signed in opens a page."""
    socket = FakeSocket()
    connection = made.hub.connect(NOBODY, socket)
    assert isinstance(connection, Connection)
    made.say(connection, {"subscribe": name, "audience": "buyer", **more})
    return socket


async def shown(socket: FakeSocket, version: int) -> dict[str, Any]:
    """The card of that version, once it is there."""
    await socket.until(lambda s: [c for c in wholes(s) if c["order"]["version"] == version])
    return wholes(socket)[-1]


def wholes(socket: FakeSocket) -> list[dict[str, Any]]:
    return socket.only("whole")


async def test_a_customer_is_sent_their_order_at_once() -> None:
    async with bar() as made:
        socket = visit(made)

        told = await shown(socket, 1)

        assert told["whole"] == OPEN
        assert told["order"]["code"] == "K1"
        assert told["build"] == "b1"
        assert made.hub.audiences["buyer"] == 1


async def test_and_again_whenever_it_changes() -> None:
    async with bar() as made:
        socket = visit(made)
        await shown(socket, 1)

        for version in (2, 3):
            sell(made, OPEN, 1, version=version)
            await made.place(order=1)
            await shown(socket, version)

        assert [told["order"]["version"] for told in wholes(socket)] == [1, 2, 3]


async def test_a_change_while_the_page_is_opened_is_not_missed() -> None:
    async with bar(BLIND) as made:
        made.shelf.open.clear()
        socket = visit(made)
        sell(made, OPEN, 1, version=2)
        await made.place(order=1)
        made.shelf.open.set()

        await shown(socket, 2)


async def test_a_change_without_any_bell_is_seen_at_the_next_look() -> None:
    async with bar() as made:
        socket = visit(made)
        await shown(socket, 1)

        sell(made, OPEN, 1, version=2)
        made.shelf.write(order=1)

        await shown(socket, 2)


async def test_nothing_of_other_orders_reaches_a_customer() -> None:
    async with bar() as made:
        maria, max_ = visit(made, OPEN), visit(made, OTHER)
        await shown(maria, 1)
        await shown(max_, 1)

        for number in range(3, 40):
            await made.place(order=number, note="for Max only")
        sell(made, OTHER, 2, version=2)
        await made.place(order=2)
        await shown(max_, 2)

        for socket in (maria, max_):
            assert SECRET not in str(socket.messages)
            assert "for Max only" not in str(socket.messages)
            assert not socket.only("event")
            assert not socket.only("snapshot")
        assert "K2" not in str(maria.messages)
        assert len(wholes(maria)) == 1


async def test_customers_are_asked_about_together() -> None:
    async with bar() as made:
        sockets = [visit(made) for _ in range(50)]
        for socket in sockets:
            await shown(socket, 1)
        made.shelf.asked.clear()

        sell(made, OPEN, 1, version=2)
        await made.place(order=1)
        for socket in sockets:
            await shown(socket, 2)

        assert made.shelf.asked["opened"] == 1


async def test_a_link_that_opens_nothing_is_sent_away() -> None:
    async with bar() as made:
        socket = visit(made, "order:nobodys.token")

        await socket.until(lambda s: s.code == Close.NOT_YOURS)

        assert socket.messages == []
        assert not made.hub.customers.here


async def test_a_link_that_is_revoked_shows_nothing_more() -> None:
    async with bar() as made:
        socket = visit(made)
        await shown(socket, 1)

        made.shelf.purchases.clear()
        await made.place(order=1)

        await socket.until(lambda s: s.code == Close.NOT_YOURS)
        assert len(wholes(socket)) == 1


async def test_a_link_that_is_over_is_noticed_without_any_event() -> None:
    async with bar() as made:
        made.shelf.purchases["maria.token"].until = 1.0
        socket = visit(made)
        await shown(socket, 1)

        made.shelf.purchases.clear()

        await socket.until(lambda s: s.code == Close.NOT_YOURS)


async def test_an_order_is_followed_to_another_place() -> None:
    async with bar() as made:
        socket = visit(made)
        await shown(socket, 1)
        sell(made, OPEN, 1, version=2, channel=SHOP)
        await made.place(order=1, gone=True)
        await shown(socket, 2)

        sell(made, OPEN, 1, version=3, channel=SHOP)
        await made.place(SHOP, order=1)

        await shown(socket, 3)


async def test_a_database_that_was_put_back_is_shown_as_it_is() -> None:
    async with bar() as made:
        made.shelf.write(order=1)
        sell(made, OPEN, 1, version=5)
        socket = visit(made)
        await shown(socket, 5)

        sell(made, OPEN, 1, version=4)
        made.shelf.restore(0, epoch="e2")

        await shown(socket, 4)


async def test_a_customer_whose_phone_takes_nothing_gets_the_newest_card_later() -> None:
    async with bar() as made:
        socket = visit(made)
        await shown(socket, 1)
        socket.stall()
        asked = made.shelf.asked["opened"]
        for version in (2, 3):
            sell(made, OPEN, 1, version=version)
            await made.place(order=1)
        await eventually(lambda: made.shelf.asked["opened"] > asked)
        await eventually(lambda: not made.hub.customers.working)
        socket.recover()

        await shown(socket, 3)
        assert [told["order"]["version"] for told in wholes(socket)] == [1, 3]


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
