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
from redis.asyncio import Redis

from server.embedded import Valkey
from tests.realtime.exchange import FAST, Ears, Exchange, again, only, over, up
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
        only(broker).linked.clear()

        way.swallowing = False

        await up(broker)


async def test_control_without_the_beacon_a_silent_link_stays(
    valkey_url: str, tmp_path: Path
) -> None:
    patient = replace(FAST, silence_seconds=3600.0)
    async with proxy(valkey_url, tmp_path) as way, Exchange(way.url).linked(patient) as broker:
        listening = only(broker).listening
        way.swallowing = True

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(eventually(lambda: only(broker).listening is not listening), 0.8)


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
        assert only(broker).complaints.said
        only(broker).linked.clear()

        await up(broker)
        assert slowest < 0.2


async def test_what_waits_to_be_rung_is_bounded(exchange: Exchange) -> None:
    broker, shelf = exchange.broker(), Shelf()  # nothing is sent yet

    for _ in range(1_200):
        await broker.publish(shelf.write())

    assert len(only(broker).teller.waiting) == FAST.waiting_letters
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
        broken = only(broker).listening

        async def fail(*_: object, **__: object) -> None:
            raise ConnectionError("no")

        monkeypatch.setattr(broken, "send_packed_command", fail)

        broker.watch(BAR)

        await exchange.subscribed(BAR, 1)
        assert only(broker).listening is not broken


async def test_a_link_that_the_server_ends_is_replaced(exchange: Exchange) -> None:
    async with exchange.linked() as broker, Redis.from_url(exchange.url) as redis:
        broker.watch(BAR)
        await exchange.subscribed(BAR, 1)
        ended = only(broker).listening

        await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

        await eventually(lambda: only(broker).listening not in (ended, None))
        await exchange.subscribed(BAR, 1)


async def test_what_was_dropped_is_counted(valkey: Valkey) -> None:
    async with Exchange(valkey.url).linked() as broker:
        await again(broker)
        assert broker.letters.dropped == 0
        valkey.kill()

        await broker.publish(Shelf().write())

        await eventually(lambda: broker.letters.dropped)


async def test_a_busy_house_calls_its_followers_only_every_so_often(exchange: Exchange) -> None:
    rare = replace(FAST, gather_seconds=0.2)
    async with exchange.linked(rare) as busy, exchange.linked(follows=True) as follower:
        shelf = Shelf()
        for _ in range(50):
            await busy.publish(shelf.write())

        await eventually(lambda: follower.letters.heard == 2)  # the first, and one for the rest
        await again(busy)
        await again(follower)
        assert follower.letters.heard == 2
