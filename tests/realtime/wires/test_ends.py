"""How sockets end: by themselves, by us, or by reading nothing."""

from __future__ import annotations

import asyncio
import time

import pytest

from server.realtime import direct
from tests.realtime.house import House
from tests.realtime.patience import PATIENCE, eventually
from tests.realtime.serving import Served, bar_house, closed, events, served


async def test_a_socket_that_closes_is_forgotten(bar: Served) -> None:
    async with bar.board():
        assert len(bar.house.hub.connections) == 1

    await eventually(lambda: not bar.house.hub.connections)


async def test_a_socket_that_is_cut_is_forgotten(bar: Served) -> None:
    async with bar.board() as client:
        client.transport.abort()

        await eventually(lambda: not bar.house.hub.connections)


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

        await eventually(lambda: len(bar.house.hub.connections) == 1)
        assert bar.house.hub.counts.slow_closes == 1
        assert slowest < 1


def stuck(house: House) -> bool:
    """Whether a socket has taken nothing for a while."""
    now = time.monotonic()
    return any(now - connection.wire.blocked_at > 0.2 for connection in house.hub.blocked)


async def test_a_reader_that_reads_nothing_does_not_hold_up_the_end(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "CLOSE_SECONDS", 0.3)
    async with served(bar_house(behind_events=10**6), way) as bar, bar.stalled():
        async with asyncio.timeout(PATIENCE):
            while not stuck(bar.house):
                if not bar.house.hub.blocked:
                    await bar.house.place(note="x" * 60_000)
                await asyncio.sleep(0)
        started = time.monotonic()
        await bar.stop()

        assert time.monotonic() - started < 4
