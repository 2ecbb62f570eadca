"""Redis dead, frozen, silent, absent: nobody waits for it, and nothing is missed for long."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from server.embedded import Valkey
from tests.realtime.exchange import FAST, Ears, Exchange, over, up
from tests.realtime.house import BLIND, QUICK
from tests.realtime.patience import PATIENCE, eventually
from tests.realtime.proxy import proxy
from tests.realtime.shelf import BAR, Shelf


async def test_after_a_restart_of_redis_the_bell_comes_back_and_the_gap_is_healed(
    valkey: Valkey,
) -> None:
    async with over(Exchange(valkey.url)) as two, two.houses() as (here, there):
        await here.board()
        _, board = await there.board()
        await two.ready()
        for _ in range(3):
            valkey.kill()
            await here.place()
            valkey.start()
            await here.place()
            await two.ready()
            await here.place()

        await board.until(lambda b: len(b.offsets) == 9)
        assert board.offsets == list(range(1, 10))


async def test_with_redis_dead_boards_stay_live_by_the_look(valkey: Valkey) -> None:
    async with over(Exchange(valkey.url)) as two, two.houses(QUICK) as (here, there):
        _, board = await there.board()
        valkey.kill()

        for _ in range(5):
            await here.place()

        await board.until(lambda b: b.offsets == [1, 2, 3, 4, 5])


async def test_control_with_redis_dead_and_no_look_events_are_missed(valkey: Valkey) -> None:
    async with over(Exchange(valkey.url)) as two, two.houses(BLIND) as (here, there):
        _, board = await there.board()
        there.hub.doubt = lambda: None  # type: ignore[method-assign]
        valkey.kill()

        await here.place()

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.4):
                await board.until(lambda b: b.offsets)


async def test_a_silent_link_is_thrown_away(valkey_url: str, tmp_path: Path) -> None:
    async with proxy(valkey_url, tmp_path) as way, Exchange(way.url).linked() as broker:
        ears, links = Ears(), way.links
        broker.attach(ears)
        way.swallowing = True
        await eventually(lambda: way.links >= links + 2)
        assert ears.doubts
        broker.linked.clear()

        way.swallowing = False

        await up(broker)


async def test_control_without_the_beacon_a_silent_link_stays(
    valkey_url: str, tmp_path: Path
) -> None:
    patient = replace(FAST, silence_seconds=3600.0)
    async with proxy(valkey_url, tmp_path) as way, Exchange(way.url).linked(patient) as broker:
        pubsub = broker.pubsub
        way.swallowing = True

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(eventually(lambda: broker.pubsub is not pubsub), 0.8)


async def test_a_frozen_redis_makes_nobody_wait(valkey: Valkey) -> None:
    async with Exchange(valkey.url).linked() as broker:
        shelf, slowest = Shelf(), 0.0
        os.kill(valkey.pid, signal.SIGSTOP)
        try:
            for _ in range(50):
                started = time.monotonic()
                await broker.publish(shelf.write())
                slowest = max(slowest, time.monotonic() - started)
                await asyncio.sleep(0.005)
        finally:
            os.kill(valkey.pid, signal.SIGCONT)
        assert broker.complained
        broker.linked.clear()

        await up(broker)
        assert slowest < 0.2


async def test_what_waits_to_be_rung_is_bounded(exchange: Exchange) -> None:
    broker, shelf = exchange.broker(), Shelf()  # nothing is sent yet

    for _ in range(1_200):
        await broker.publish(shelf.write())

    assert len(broker.letters) == FAST.waiting_letters
    assert broker.bell.rings == 1_200


async def test_an_absent_redis_is_complained_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    broker = Exchange(f"unix://{tmp_path}/none").broker()
    heard = broker.bell.rings
    async with broker.running():
        for _ in range(3):  # each attempt may have missed everything
            heard = await broker.bell.wait(heard, PATIENCE)

    assert caplog.text.count("Cannot hear the bell through Redis") == 1
    assert caplog.text.count("Cannot ring the bell through Redis") == 1


async def test_a_link_that_cannot_subscribe_is_replaced(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with exchange.linked() as broker:
        broken = broker.pubsub

        async def fail(*_: object) -> None:
            raise ConnectionError("no")

        monkeypatch.setattr(broken, "subscribe", fail)

        broker.watch(BAR)

        await exchange.subscribed(BAR, 1)
        assert broker.pubsub is not broken


async def test_a_link_that_ends_by_itself_is_replaced(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with exchange.linked() as broker:
        ended = broker.pubsub
        assert ended
        broker.linked.clear()

        await ended.unsubscribe()  # redis-py stops listening when nothing is left

        await up(broker)
        assert broker.pubsub is not ended
