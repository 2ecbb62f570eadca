"""A slow reader is a late cursor: it delays nobody, costs nothing, and is closed to come back."""

import asyncio
from dataclasses import replace

import pytest

from server.realtime.protocol import Close
from tests.realtime.house import BLIND, QUICK, house
from tests.realtime.shelf import BAR
from tests.realtime.sockets import up_to


async def test_a_stalled_socket_delays_nobody_and_catches_up() -> None:
    async with house(BLIND) as bar:
        _, slow = await bar.board()
        _, board = await bar.board()
        slow.stall()

        for _ in range(5):
            await bar.place()

        await board.until(lambda b: b.offsets == [1, 2, 3, 4, 5])
        assert slow.offsets == []
        slow.recover()
        assert slow.offsets == [1, 2, 3, 4, 5]
        assert slow.writes == 2  # welcome with its snapshot, and all five at once


async def test_a_pong_comes_after_all_that_was_to_be_said_before_it() -> None:
    async with house(BLIND) as bar:
        connection, slow = await bar.board()
        _, board = await bar.board()
        slow.stall()
        await bar.place()
        await board.until(up_to(1))

        bar.say(connection, {"ping": 7})
        assert slow.only("pong") == []
        slow.recover()

        assert [next(iter(message)) for message in slow.messages[-2:]] == ["event", "pong"]


async def test_a_pong_waits_for_no_flush() -> None:
    async with house(replace(BLIND, window_seconds=60.0)) as bar:
        connection, board = await bar.board()
        await bar.place()
        bar.shelf.write()

        bar.say(connection, {"ping": 7})

        assert board.messages[-1] == {"pong": 7}


async def test_whoever_catches_up_gets_it_all_in_one_write() -> None:
    async with house(BLIND) as bar:
        _, slow = await bar.board()
        _, board = await bar.board()
        slow.stall()
        for offset in range(1, 4):
            await bar.place()
            await board.until(up_to(offset))
        before = slow.writes

        slow.recover()

        assert slow.offsets == [1, 2, 3]
        assert slow.writes == before + 1


async def test_too_far_behind_is_closed_to_resume() -> None:
    async with house(replace(QUICK, behind_events=10)) as bar:
        _, slow = await bar.board()
        _, board = await bar.board()
        slow.stall()

        await bar.broker.publish(*[bar.shelf.write() for _ in range(10)])
        await board.until(lambda b: len(b.only("head")) >= 2)
        assert slow.code is None
        await bar.place()

        await slow.until(lambda s: s.code == Close.TOO_SLOW)
        assert bar.hub.counts.slow_closes == 1
        _, again = await bar.board(since=0, epoch="e1")
        await again.until(lambda a: a.offsets == list(range(1, 12)))


async def test_a_socket_that_takes_nothing_for_long_is_closed() -> None:
    async with house(replace(QUICK, blocked_seconds=0.2)) as bar:
        _, slow = await bar.board()
        _, board = await bar.board()

        slow.stall()  # and no event comes: the next head finds it

        await slow.until(lambda s: s.code == Close.TOO_SLOW)
        assert board.code is None


async def test_control_without_bounds_a_stalled_socket_stays_for_ever() -> None:
    async with house(replace(QUICK, blocked_seconds=3600, behind_events=10**6)) as bar:
        _, slow = await bar.board()
        slow.stall()

        await bar.broker.publish(*[bar.shelf.write() for _ in range(600)])

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.4):
                await slow.until(lambda s: s.code)


async def test_a_cursor_that_the_ring_has_left_behind_is_closed_at_once() -> None:
    async with house(replace(BLIND, ring_events=20, behind_events=10**6)) as bar:
        _, slow = await bar.board()
        slow.stall()

        await bar.broker.publish(*[bar.shelf.write() for _ in range(40)])

        await slow.until(lambda s: s.code == Close.TOO_SLOW)


async def test_a_socket_that_recovers_in_time_is_left_alone() -> None:
    async with house(replace(QUICK, blocked_seconds=0.3)) as bar:
        _, slow = await bar.board()
        slow.stall()
        await bar.place()
        await asyncio.sleep(0)
        assert bar.hub.blocked

        slow.recover()

        await slow.until(lambda s: len(s.only("head")) >= 2)
        assert not bar.hub.blocked
        assert slow.code is None


async def test_a_stalled_socket_holds_a_bounded_amount() -> None:
    async with house(BLIND) as bar:
        _, slow = await bar.board()
        slow.room = slow.bytes + 1  # the transport fills up with the next write

        await bar.broker.publish(*[bar.shelf.write(note="x" * 1_000) for _ in range(400)])
        before = slow.bytes
        await bar.broker.publish(*[bar.shelf.write() for _ in range(50)])

        assert slow.bytes == before
        assert slow.bytes <= 128 * 1024
        assert bar.hub.channels[BAR].ring.head == 450
