"""Many sockets on one location: each hears every event once, in order, and all of them soon."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Final

import pytest

from server.simulation.client import Client
from tests.callers import order
from tests.flow.ears import Ear, listening
from tests.flow.fixtures import Grounds, Tell

SOCKETS: Final = 200
PER_SECOND: Final = 50
PATIENCE: Final = 60.0


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seconds", [5, pytest.param(60, marks=pytest.mark.long)])
async def test_two_hundred_sockets_hear_every_event_once_and_in_order(
    grounds: Grounds, seconds: int, tell: Tell
) -> None:
    events = seconds * PER_SECOND
    with grounds.house("sqlite", SOCKETS_PER_PERSON="1000") as house:
        async with AsyncExitStack() as stack:
            key, bar = house.cast.shop_token, house.cast.bar
            ears = [await listening(stack, house.web.url, key, bar) for _ in range(SOCKETS)]
            client = Client(house.web.url, key)
            stack.push_async_callback(client.close)
            await orders_come_in(client, bar, events)
            for ear in ears:
                await ear.until(events, PATIENCE)

    expected = list(range(1, events + 1))
    assert all(ear.offsets == expected for ear in ears)
    tell(f"{SOCKETS} sockets, {events} events: {figures(latencies(ears))}")


async def orders_come_in(client: Client, location: int, events: int) -> None:
    """That many events at an even pace, whatever each takes: orders placed, and moved."""
    began = time.monotonic()

    async def order_and_move(number: int) -> None:
        placed = await client.place(order(location, external_id=str(number)))
        await until(began + (2 * number + 1) / PER_SECOND)
        path = f"/orders/{placed.json()['id']}/advance"
        assert (await client.again("POST", path, json={"to": "ready"})).is_success

    async with asyncio.TaskGroup() as tasks:
        for number in range(events // 2):
            await until(began + 2 * number / PER_SECOND)
            tasks.create_task(order_and_move(number))


async def until(due: float) -> None:
    await asyncio.sleep(max(0.0, due - time.monotonic()))


def latencies(ears: Sequence[Ear]) -> list[float]:
    """Milliseconds from the stamp before each event's commit until the last socket had it."""
    stamped = {
        offset: datetime.fromisoformat(at.decode()).timestamp()
        for offset, at in ears[0].stamps.items()
    }
    return [(max(ear.heard[offset] for ear in ears) - at) * 1000 for offset, at in stamped.items()]


def figures(milliseconds: list[float]) -> str:
    cut = statistics.quantiles(milliseconds, n=100)
    return (
        f"commit → last socket p50 {cut[49]:.1f} ms, p95 {cut[94]:.1f} ms, "
        f"p99 {cut[98]:.1f} ms, max {max(milliseconds):.1f} ms"
    )
