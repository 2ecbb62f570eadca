"""What is particular to the bell over Redis."""

from __future__ import annotations

import asyncio

import pytest

from tests.realtime.exchange import Ears, Exchange, only
from tests.realtime.house import BLIND, house
from tests.realtime.patience import PATIENCE, eventually
from tests.realtime.proxy import proxy
from tests.realtime.shelf import BAR, SHOP, Shelf


async def test_only_what_is_watched_here_is_subscribed_to(exchange: Exchange) -> None:
    async with exchange.linked() as broker:
        broker.watch(BAR)
        broker.watch(SHOP)
        await exchange.subscribed(BAR, 1)
        await exchange.subscribed(SHOP, 1)

        broker.unwatch(BAR)

        await exchange.subscribed(BAR, 0)
        await exchange.subscribed(SHOP, 1)


async def test_until_it_is_subscribed_to_a_channel_may_have_missed_everything(
    exchange: Exchange,
) -> None:
    async with exchange.linked() as broker:
        ears = Ears()
        broker.attach(ears)

        broker.watch(BAR)

        await eventually(lambda: ears.doubts)


async def test_a_channel_left_and_watched_again_at_once_is_heard(exchange: Exchange) -> None:
    async with exchange.linked() as broker:
        ears = Ears()
        broker.attach(ears)
        broker.watch(BAR)
        await exchange.subscribed(BAR, 1)

        for _ in range(3):
            broker.unwatch(BAR)
            await asyncio.sleep(0)
            broker.watch(BAR)
            await asyncio.sleep(0)

        async with exchange.linked() as other, asyncio.timeout(PATIENCE):
            while not ears.heard:
                await other.publish(Shelf().write())
                await asyncio.sleep(0)
        await exchange.subscribed(BAR, 1)


async def test_what_is_watched_before_the_link_stands_is_subscribed_to(
    exchange: Exchange,
) -> None:
    broker = exchange.broker()
    broker.watch(BAR)
    async with broker.running():
        await exchange.subscribed(BAR, 1)


async def test_foreign_letters_are_believed_by_nobody(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    somebody = b"x" * 16
    async with exchange.linked() as broker, house(BLIND, None, broker) as bar:
        _, board = await bar.board()
        await exchange.subscribed(BAR, 1)
        bar.shelf.write()

        await exchange.ring(
            BAR,
            b"",
            b"hello",
            b"\xff\xfe",
            somebody + b"[1]\n",
            somebody + b'["e1",1,"k","at","order",-1,9,-1]\n',
            somebody + b'["e1",1,"k","at","order",-1,-1,-1]\n',
            somebody + b'["e1",1,"k","at","order",-1,2,-1]\n{}surplus',
        )

        await board.until(lambda b: b.offsets == [1])  # doubt made it look
        assert board.only("event")[0]["event"] == "order.advanced"
        assert "No letter of ours" in caplog.text
        assert "cut short" in caplog.text


async def test_nothing_committed_rings_nobody(exchange: Exchange) -> None:
    broker = exchange.broker()

    await broker.publish()
    only(broker).give_up_in(0)  # there is no link either

    assert not only(broker).teller.waiting


async def test_what_was_committed_last_is_rung_before_leaving(exchange: Exchange) -> None:
    async with exchange.linked() as there, house(BLIND, None, there) as bar:
        _, board = await bar.board()
        await exchange.subscribed(BAR, 1)
        leaving = exchange.broker()

        async with leaving.running():
            await leaving.publish(bar.shelf.write())

        await board.until(lambda b: b.offsets == [1])


async def test_it_works_over_tcp_too(valkey_url: str) -> None:
    async with proxy(valkey_url) as way, Exchange(way.url).linked() as broker:
        assert way.url.startswith("redis://")
        assert only(broker).linked.is_set()
