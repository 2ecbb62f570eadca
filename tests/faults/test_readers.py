"""Clients that read slowly or not at all: they cost little, delay nobody, and are let go."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Final

import pytest

from tests.faults.meddled import MODULE
from tests.faults.readers import never_reading, sockets
from tests.faults.trial import percentile, trial
from tests.faults.way import way_to
from tests.flow.fixtures import Grounds, Tell
from tests.flow.house import House
from tests.launch.processes import resident_kilobytes

DEAF: Final = 20
KILOBYTES_EACH: Final = 256
FREED_SECONDS: Final = 25.0
PER_SECOND: Final = 20  # orders; with their moves, fifty events
SLOW: Final = 200
SLOW_MEGABYTES: Final = 50
LONG: Final = (pytest.mark.long, pytest.mark.timeout(300))
names = itertools.count()


async def endure(
    house: House, seconds: float, deaf: int = DEAF
) -> tuple[float, float, float, list[str]]:
    """Healthy boards beside deaf ones: when those were let go (0: never), kilobytes that came to
    it meanwhile, others' p99."""
    web, name = house.webs[-1], f"r{next(names)}-"
    orders = int(seconds * PER_SECOND)
    async with trial(house, orders, PER_SECOND, at=[web], by=[house.web], name=name) as found:
        usual, memory = sockets(web), resident_kilobytes(web.pid)
        freed = 0.0

        async def wait() -> None:
            nonlocal freed, memory
            began = time.monotonic()
            while found.crew.done < orders:
                await asyncio.sleep(0.1)
                memory = max(memory, resident_kilobytes(web.pid))
                if not freed and sockets(web) <= usual:
                    freed = time.monotonic() - began

        before = memory
        with never_reading(house, web, found.crew.location, deaf):
            await found.during(wait())
        wrong = await found.verdict()
    return freed, memory - before, percentile(found.latencies(), 0.99), wrong


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_clients_that_never_read_cost_little_and_are_let_go(pair: House, tell: Tell) -> None:
    await endure(pair, FREED_SECONDS, deaf=0)  # memory grows to its usual size
    _, usual, _, _ = await endure(pair, FREED_SECONDS + 5, deaf=0)
    freed, kilobytes, late, wrong = await endure(pair, FREED_SECONDS + 5)

    each = (kilobytes - usual) / DEAF
    beside = f"{each:.0f} KB each beside {usual} KB of the events themselves"
    tell(f"{DEAF} never read: gone after {freed:.1f} s, {beside}, others' p99 {late * 1000:.0f} ms")
    assert wrong == []
    assert 0 < freed <= FREED_SECONDS
    assert each <= KILOBYTES_EACH


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_control_without_bounds_they_stay_for_ever(grounds: Grounds, tell: Tell) -> None:
    with grounds.house("sqlite", words=(MODULE, "bounds")) as house:
        freed, kilobytes, _, _ = await endure(house, FREED_SECONDS + 10)

    tell(f"control, without bounds: gone after {freed:.1f} s (0: never), {kilobytes:.0f} KB in all")
    assert not freed


@pytest.mark.parametrize(("clients", "seconds"), [pytest.param(SLOW, 60, marks=LONG)])
async def test_clients_of_a_kilobyte_a_second_end_equal(
    pair: House, clients: int, seconds: int, tell: Tell
) -> None:
    web, name = pair.webs[1], f"s{next(names)}-"
    with way_to(web.port) as way:
        address = [f"ws://127.0.0.1:{way.port}/live"]
        more = {"boards": clients, "addresses": address, "by": [pair.web], "name": name}
        async with trial(pair, seconds * 8, 8, **more) as found:  # type: ignore[arg-type]
            before = most = resident_kilobytes(web.pid)
            way.rate = 1024
            way.reset()

            async def watch() -> None:
                nonlocal most
                while found.crew.done < found.crew.orders:
                    most = max(most, resident_kilobytes(web.pid))
                    await asyncio.sleep(0.5)

            await found.during(watch())
            way.rate = 0
            wrong = await found.verdict(patience=120)

    megabytes = (most - before) / 1024
    tell(f"{clients} clients at 1 KB/s for {seconds} s: {megabytes:.0f} MB, {found.figures}")
    assert wrong == []
    assert megabytes <= SLOW_MEGABYTES
