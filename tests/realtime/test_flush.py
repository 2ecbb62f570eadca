"""What goes out: at once when the channel has rested, together when it has not."""

import asyncio
from dataclasses import replace

import pytest

from tests.realtime.house import BLIND, house
from tests.realtime.shelf import BAR


async def test_a_burst_larger_than_the_ring_loses_nothing() -> None:
    async with house(replace(BLIND, ring_events=20)) as bar:
        _, board = await bar.board()

        await bar.broker.publish(*[bar.shelf.write() for _ in range(100)])

        await board.until(lambda b: len(b.offsets) == 100)
        assert board.offsets == list(range(1, 101))


async def test_many_events_of_one_moment_are_one_write() -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()
        before = board.writes

        await bar.broker.publish(*[bar.shelf.write() for _ in range(40)])

        await board.until(lambda b: len(b.offsets) == 40)
        assert board.writes == before + 1


async def test_one_write_holds_no_more_than_its_bound() -> None:
    async with house(replace(BLIND, write_bytes=2_000)) as bar:
        _, board = await bar.board(audience="pickup")
        before = board.writes

        events = [bar.shelf.write(staff_only=bool(n % 3)) for n in range(40)]
        await bar.broker.publish(*events)

        await board.until(lambda b: b.messages[-1].get("to") == 39 or b.offsets[-1:] == [40])
        assert board.writes > before + 1
        assert board.offsets == list(range(1, 41, 3))


@pytest.mark.parametrize(
    ("cost", "rest"), [(0.0, 0.0), (0.004, 0.012), (0.015, 0.01), (0.5, 0.025)]
)
async def test_a_channel_rests_by_what_its_flush_took(cost: float, rest: float) -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()
        now = 1000.0

        def clock() -> float:
            nonlocal now
            now += cost  # a flush asks when it begins and when it has ended
            return now

        bar.hub.clock = clock
        channel = bar.hub.channels[BAR]
        channel.flush()

        assert channel.rests_until - now == pytest.approx(rest)
        bar.hub.clock = asyncio.get_running_loop().time
        channel.rests_until = 0.0
        await bar.place()
        await board.until(lambda b: b.offsets == [1])


async def test_during_its_rest_a_channel_collects() -> None:
    async with house(replace(BLIND, beat_seconds=3600)) as bar:
        _, board = await bar.board()
        channel = bar.hub.channels[BAR]
        channel.rests_until = bar.hub.clock() + 0.05
        before = board.writes

        for _ in range(5):
            await bar.place()
            await asyncio.sleep(0)

        assert board.writes == before
        await board.until(lambda b: len(b.offsets) == 5)
        assert board.writes == before + 1
