"""The bell between processes: quick when it works, missed by nobody when it does not."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from server.embedded import Valkey
from server.events import Publication
from server.realtime.broker import Broker, MemoryBroker
from server.realtime.limits import Limits
from server.realtime.redis_broker import Pace, RedisBroker
from tests.realtime.house import BAR, BLIND, PATIENCE, QUICK, SHOP, House, Shelf, house
from tests.realtime.proxy import proxy

FAST = Pace(
    beacon_seconds=0.05,
    silence_seconds=0.3,
    connect_seconds=0.3,
    ring_seconds=0.1,
    broken_seconds=0.05,
)


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server of our own, to be killed."""
    with Valkey(tmp_path, persistent=False) as server:
        yield server


class Exchange:
    """A Redis, and brokers that hear each other through it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.prefix = f"{secrets.token_hex(4)}:"

    def broker(self, pace: Pace = FAST, **more: Any) -> RedisBroker:
        return RedisBroker(self.url, prefix=self.prefix, pace=pace, **more)

    @asynccontextmanager
    async def linked(self, pace: Pace = FAST, **more: Any) -> AsyncIterator[RedisBroker]:
        broker = self.broker(pace, **more)
        async with broker.running():
            await up(broker)
            yield broker

    async def subscribed(self, channel: str, times: int) -> None:
        """Wait until Redis counts so many subscribers of a channel."""
        name = (self.prefix + channel).encode()
        async with Redis.from_url(self.url) as redis, asyncio.timeout(PATIENCE):
            while dict(await redis.pubsub_numsub(name))[name] != times:
                await asyncio.sleep(0)

    async def ring(self, channel: str, *letters: bytes) -> None:
        async with Redis.from_url(self.url) as redis:
            for letter in letters:
                await redis.publish(self.prefix + channel, letter)


async def up(broker: RedisBroker) -> None:
    """Wait until the broker hears itself."""
    async with asyncio.timeout(PATIENCE):
        await broker.linked.wait()


async def again(broker: RedisBroker) -> None:
    """Wait until the broker hears itself once more: whatever it rang before has arrived."""
    for _ in range(2):  # the first beacon may have been on its way already
        broker.linked.clear()
        await up(broker)


@pytest.fixture
def exchange(valkey_url: str) -> Exchange:
    return Exchange(valkey_url)


@dataclass
class Two:
    """The brokers of two processes; in memory there is only one process."""

    here: Broker
    there: Broker
    exchange: Exchange | None

    async def ready(self) -> None:
        """Wait until both hear of the bar, and each hears itself."""
        if self.exchange:
            await self.exchange.subscribed(BAR, 2)
        for broker in (self.here, self.there):
            if isinstance(broker, RedisBroker):
                await again(broker)

    @asynccontextmanager
    async def houses(self, limits: Limits = BLIND) -> AsyncIterator[tuple[House, House]]:
        shelf = Shelf()
        async with house(limits, shelf, self.here) as one, house(limits, shelf, self.there) as two:
            yield one, two


@pytest.fixture(params=["memory", "redis"])
async def two(request: pytest.FixtureRequest, exchange: Exchange) -> AsyncIterator[Two]:
    if request.param == "memory":
        broker = MemoryBroker()
        async with broker.running():
            yield Two(broker, broker, None)
    else:
        async with over(exchange) as brokers:
            yield brokers


@asynccontextmanager
async def over(exchange: Exchange) -> AsyncIterator[Two]:
    async with exchange.linked() as here, exchange.linked() as there:
        yield Two(here, there, exchange)


async def test_every_process_hears_what_one_commits(two: Two) -> None:
    async with two.houses() as (here, there):
        _, board = await here.board()
        _, other = await there.board()
        await two.ready()

        for _ in range(3):
            await here.place()
        await there.place()

        for socket in (board, other):
            await socket.until(lambda s: len(s.offsets) == 4)
            assert socket.offsets == [1, 2, 3, 4]


async def test_a_bell_in_time_spares_the_book(two: Two) -> None:
    async with two.houses() as (here, there):
        _, other = await there.board()
        await here.board()
        await two.ready()

        for offset in range(1, 4):
            await here.place()
            await other.until(lambda o, offset=offset: o.offsets[-1:] == [offset])

        assert there.shelf.asked["since"] == 0


async def test_a_large_card_rings_only_its_number(two: Two) -> None:
    async with two.houses() as (here, there):
        await here.board()
        _, other = await there.board()
        await two.ready()

        await here.place(note="x" * 9_000)

        await other.until(lambda o: o.offsets == [1])
        assert other.only("event")[0]["order"]["note"] == "x" * 9_000
        assert there.shelf.asked["since"] == (two.here is not two.there)


class Ears:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Publication] = []
        self.doubts = 0
        self.deaf = False

    def receive(self, publication: Publication) -> None:
        if self.deaf:
            raise ValueError("no")
        self.heard.append(publication)

    def rumour(self, name: str, epoch: str, offset: int) -> None: ...

    def doubt(self) -> None:
        self.doubts += 1


async def test_the_process_that_commits_hears_it_at_once_and_only_once(two: Two) -> None:
    ears, event = Ears(), Shelf().write()
    two.here.attach(ears)
    two.here.watch(BAR)
    if two.exchange:
        await two.exchange.subscribed(BAR, 1)

    await two.here.publish(event)
    assert ears.heard == [event]

    rings = two.there.bell.rings
    while isinstance(two.here, RedisBroker) and two.here.letters:
        await asyncio.sleep(0)
    if isinstance(two.here, RedisBroker):
        await again(two.here)
    assert ears.heard == [event]
    assert two.there.bell.rings >= rings


async def test_a_fault_of_whoever_hears_it_is_not_the_commands(
    two: Two, caplog: pytest.LogCaptureFixture
) -> None:
    ears = Ears()
    ears.deaf = True
    two.here.attach(ears)

    await two.here.publish(Shelf().write())

    assert "Could not hear location:7 1" in caplog.text


async def test_the_bell_wakes_whoever_reads_the_whole_book(two: Two) -> None:
    if two.exchange:
        async with two.exchange.linked(follows=True) as follower:
            await rung(two.here, follower)
    else:
        await rung(two.here, two.there)


async def rung(here: Broker, there: Broker) -> None:
    heard = there.bell.rings
    waiting = asyncio.create_task(there.bell.wait(heard, PATIENCE))
    await asyncio.sleep(0)

    await here.publish(Shelf().write())

    assert await waiting > heard
    assert await there.bell.wait(heard, PATIENCE) > heard  # at once


async def test_waiting_for_the_bell_ends_in_time() -> None:
    assert await MemoryBroker().bell.wait(0, 0.01) == 0


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

        async with asyncio.timeout(PATIENCE):
            while not ears.doubts:
                await asyncio.sleep(0)


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
        async with asyncio.timeout(PATIENCE):
            while way.links < links + 2:
                await asyncio.sleep(0.01)
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
            async with asyncio.timeout(0.8):
                while broker.pubsub is pubsub:
                    await asyncio.sleep(0.01)


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


async def test_nothing_committed_rings_nobody(exchange: Exchange) -> None:
    broker = exchange.broker()

    await broker.publish()
    broker.give_up_in(0)  # there is no link either

    assert not broker.letters


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
        assert broker.linked.is_set()
