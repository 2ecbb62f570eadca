"""The bell between processes: quick when it works, missed by nobody when it does not."""

from __future__ import annotations

import asyncio

import pytest

from server.realtime.broker import Broker, MemoryBroker
from server.realtime.redis_broker import RedisBroker
from tests.realtime.exchange import Ears, Two, again
from tests.realtime.patience import PATIENCE
from tests.realtime.shelf import BAR, Shelf
from tests.realtime.sockets import up_to


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
            await other.until(up_to(offset))

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


async def test_the_process_that_commits_hears_it_at_once_and_only_once(two: Two) -> None:
    ears, event = Ears(), Shelf().write()
    two.here.attach(ears)
    two.here.watch(BAR)
    if two.exchange:
        await two.exchange.subscribed(BAR, 1)

    await two.here.publish(event)
    assert ears.heard == [event]

    rings = two.there.bell.rings
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
