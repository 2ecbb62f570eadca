"""The same conversation over both ways to a socket, with a real server and a real client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.realtime.broker import MemoryBroker
from server.realtime.protocol import SUBPROTOCOL
from tests.realtime.house import BAR, PATIENCE, QUICK, House, Pass, Shelf
from tests.realtime.serving import Served, events, hear, say, served, until


SETTINGS = [("direct", False), ("direct", True), ("asgi", False)]


@pytest.fixture(scope="module", params=SETTINGS, ids=["direct", "direct-uvloop", "asgi"])
def setting(request: pytest.FixtureRequest) -> tuple[str, bool]:
    way: str
    uvloop: bool
    way, uvloop = request.param
    return way, uvloop


@pytest.fixture(scope="module")
def anyio_backend(setting: tuple[str, bool]) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": setting[1]}


@pytest.fixture
def way(setting: tuple[str, bool]) -> str:
    return setting[0]


def bar_house(**limits: Any) -> House:
    house = House(Shelf(), MemoryBroker(), replace(QUICK, **limits))
    house.door.passes = {"ana": Pass("ana"), "Bearer key": Pass("key")}
    return house


@pytest.fixture
async def bar(way: str) -> AsyncIterator[Served]:
    async with served(bar_house(), way) as server:
        yield server


async def closed(client: Any) -> int:
    """The code with which the server closes."""
    with pytest.raises(ConnectionClosed):
        await until(client, lambda _: False)
    code: int = client.close_code
    return code


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


async def test_what_is_no_message_ends_the_socket(bar: Served) -> None:
    for message in (b"\x00\xff", "{", "x" * 9_000, "[" * 8_000):
        async with bar.client() as client:
            await client.send(message)

            assert "error" in await hear(client)
            assert await closed(client) == 4502


async def test_a_message_far_too_large_never_reaches_us(bar: Served) -> None:
    async with bar.client() as client:
        await client.send("x" * 100_000)

        assert await closed(client) == 1009


async def test_a_flood_is_closed(bar: Served) -> None:
    async with bar.client() as client:
        with suppress(ConnectionClosed):
            for n in range(1_000):
                await say(client, {"ping": n})

        assert await closed(client) == 4003


async def test_whoever_is_not_signed_in_is_told_so(bar: Served) -> None:
    async with bar.client(cookie="nobody") as client:
        assert await closed(client) == 4500


STRANGE = [
    None,
    "null",
    "http://bar.example.org",
    "https://bar.example.org:8443",
    "https://bar.example.org.evil.test",
    "https://evilbar.example.org",
    "https://bar.example.org/",
    "HTTPS://BAR.EXAMPLE.ORG.",
]


async def test_pages_of_others_are_refused(bar: Served) -> None:
    for origin in STRANGE:
        with pytest.raises(InvalidStatus, match="403"):
            async with bar.client(origin=origin):
                pass


async def test_a_program_with_a_token_needs_no_origin(bar: Served) -> None:
    token = {"Authorization": "Bearer key"}
    async with bar.client(origin=None, additional_headers=token, subprotocols=None) as client:
        await say(client, {"subscribe": BAR})

        assert (await hear(client))["subscribed"] == BAR
        assert client.subprotocol is None


async def test_a_socket_that_closes_is_forgotten(bar: Served) -> None:
    async with bar.board():
        assert len(bar.house.hub.connections) == 1

    async with asyncio.timeout(PATIENCE):
        while bar.house.hub.connections:
            await asyncio.sleep(0.005)


async def test_a_socket_that_is_cut_is_forgotten(bar: Served) -> None:
    async with bar.board() as client:
        client.transport.abort()

        async with asyncio.timeout(PATIENCE):
            while bar.house.hub.connections:
                await bar.house.place()
                await asyncio.sleep(0.005)


async def test_at_the_end_clients_are_told_that_the_server_restarts(way: str) -> None:
    async with served(bar_house(), way) as bar, bar.board() as client:
        bar.server.should_exit = True

        assert await closed(client) == 1012


async def test_a_hub_that_stops_says_so(bar: Served) -> None:
    async with bar.board() as client:
        bar.house.hub.stop()

        assert await closed(client) == 4002


async def test_a_reader_that_reads_nothing_delays_nobody_and_is_closed(way: str) -> None:
    house = bar_house(behind_events=100)
    async with served(house, way) as bar, bar.stalled(), bar.board() as client:
        slowest = 0.0
        for offset in range(1, 601):
            event = bar.house.shelf.write(note="x" * 8_000)
            started = time.monotonic()
            await bar.house.broker.publish(event)
            await events(client, offset)
            slowest = max(slowest, time.monotonic() - started)

        async with asyncio.timeout(PATIENCE):
            while len(bar.house.hub.connections) > 1:
                await asyncio.sleep(0.005)
        assert bar.house.hub.counts.slow_closes == 1
        assert slowest < 1


def stuck(house: House) -> bool:
    """Whether a socket has taken nothing for a while."""
    now = time.monotonic()
    return any(now - connection.wire.blocked_at > 0.2 for connection in house.hub.blocked)


async def test_a_reader_that_reads_nothing_does_not_hold_up_the_end(way: str) -> None:
    async with served(bar_house(behind_events=10**6), way) as bar, bar.stalled():
        async with asyncio.timeout(PATIENCE):
            while not stuck(bar.house):
                if not bar.house.hub.blocked:
                    await bar.house.place(note="x" * 60_000)
                await asyncio.sleep(0)
        started = time.monotonic()
        await bar.stop()

        assert time.monotonic() - started < 4


async def test_a_slow_reader_gets_everything_in_the_end(bar: Served) -> None:
    async with bar.board(since=0, epoch="e1") as slow:
        for _ in range(400):
            await bar.house.place(note="x" * 7_000)
            await asyncio.sleep(0)

        assert await events(slow, 400) == list(range(1, 401))
