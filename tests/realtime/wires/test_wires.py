"""The same conversation over both ways to a socket, with a real server and a real client."""

from __future__ import annotations

import asyncio

from server.realtime.protocol import SUBPROTOCOL
from tests.realtime.serving import Served, events, hear, say, until
from tests.realtime.shelf import BAR


async def test_two_boards_hear_the_same_in_the_same_order(bar: Served) -> None:
    async with bar.board() as one, bar.board() as two:
        for _ in range(50):
            await bar.house.place()

        assert await events(one, 50) == await events(two, 50) == list(range(1, 51))
        assert one.subprotocol == SUBPROTOCOL


async def test_a_board_comes_back_with_its_position(bar: Served) -> None:
    async with bar.board():
        for _ in range(9):
            await bar.house.place()

    async with bar.board(since=6, epoch="e1") as back:
        assert await events(back, 9) == [7, 8, 9]


async def test_a_large_snapshot_and_a_large_burst_arrive_whole(bar: Served) -> None:
    for _ in range(400):
        bar.house.shelf.write(note="x" * 2_000)
    async with bar.client() as client:
        await say(client, {"subscribe": BAR})
        heard = await until(client, lambda message: message.get("part") == message.get("of", 0))
        assert sum(len(part["orders"]) for part in heard[1:]) == 400

        burst = [bar.house.shelf.write(note="x" * 2_000) for _ in range(400)]
        await bar.house.broker.publish(*burst)

        assert await events(client, 800) == list(range(401, 801))


async def test_a_ping_is_answered(bar: Served) -> None:
    async with bar.client() as client:
        await say(client, {"ping": 7})

        assert await hear(client) == {"pong": 7}


async def test_a_slow_reader_gets_everything_in_the_end(bar: Served) -> None:
    async with bar.board(since=0, epoch="e1") as slow:
        for _ in range(400):
            await bar.house.place(note="x" * 7_000)
            await asyncio.sleep(0)

        assert await events(slow, 400) == list(range(1, 401))
