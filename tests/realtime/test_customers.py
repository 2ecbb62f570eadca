"""Customers' sockets: one order each, whole cards by version, and nothing of other orders."""

from __future__ import annotations

from server.realtime.protocol import Close
from tests.realtime.customers import OPEN, OTHER, bar, sell, shown, visit, wholes
from tests.realtime.house import BLIND
from tests.realtime.patience import eventually
from tests.realtime.shelf import SECRET, SHOP


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
