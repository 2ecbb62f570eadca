"""Redis dies, freezes, goes silent and lies: it costs time, and never an event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import pytest
from redis.asyncio import Redis

from tests.faults.lab import Lab, lab
from tests.faults.trial import Trial, percentile, repeat
from tests.faults.unprotected import WORDS
from tests.flow.fixtures import Tell
from tests.flow.foundation import Foundation

WITHOUT_BELL_SECONDS: Final = 1.5
SUBSCRIBED_SECONDS: Final = 6.0
ASKING_SECONDS: Final = 0.3
LONG: Final = (pytest.mark.long, pytest.mark.timeout(600))
LONG_WAYS: Final = [pytest.param(way, marks=pytest.mark.long) for way in ("dead", "frozen")]

Foundations = Callable[[str], Foundation]


@pytest.fixture(scope="module")
def house(foundations: Foundations, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(foundations("postgresql"), tmp_path_factory.mktemp("bell")) as made:
        yield made


@pytest.fixture(scope="module")
def bare(foundations: Foundations, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The same without its protection: no look at the heads, no gap read from the book."""
    with lab(foundations("postgresql"), tmp_path_factory.mktemp("bare"), WORDS) as made:
        yield made


@pytest.mark.parametrize(("deaths", "orders"), [(2, 110), pytest.param(20, 4_000, marks=LONG)])
async def test_redis_killed_again_and_again_loses_no_event(
    house: Lab, deaths: int, orders: int, tell: Tell
) -> None:
    async with house.trial(orders, 30) as trial:

        async def die(number: int) -> None:
            await trial.crew.reach((number + 0.2) / deaths)
            await house.dead(lambda: trial.crew.reach((number + 0.6) / deaths))

        await trial.during(repeat(deaths, die))
        assert await trial.verdict() == []

    gone, there = split(house, trial)
    tell(f"Redis killed {deaths} times, {trial.figures}; {latency(gone)} without, {latency(there)}")
    assert percentile(gone, 0.99) <= WITHOUT_BELL_SECONDS


@pytest.mark.parametrize("seconds", [pytest.param(30, marks=LONG)])
async def test_a_frozen_redis_holds_up_neither_orders_nor_boards(
    house: Lab, seconds: int, tell: Tell
) -> None:
    async with house.trial(seconds * 12, 12) as trial:
        await trial.during(house.frozen(partial(asyncio.sleep, seconds - 2)))
        assert await trial.verdict() == []

    gone, _ = split(house, trial)
    asking = percentile(trial.crew.asking, 0.99)
    tell(
        f"Redis frozen {seconds} s, {trial.figures}; {latency(gone)}; asked {asking * 1000:.0f} ms"
    )
    assert percentile(gone, 0.99) <= WITHOUT_BELL_SECONDS
    assert asking < ASKING_SECONDS


@pytest.mark.parametrize("seconds", [8, pytest.param(60, marks=LONG)])
async def test_a_black_hole_before_redis_is_noticed_and_left(
    house: Lab, seconds: int, tell: Tell
) -> None:
    new = f"heard:location:{house.house.cast.kitchen}"
    async with house.trial(seconds * 12, 12) as trial:

        async def hole() -> None:
            await house.silent(partial(watch_elsewhere, house, seconds - 2))
            house.bad.append((time.time(), await subscribed(house, new)))

        await trial.during(hole())
        assert await trial.verdict() == []

    healed = house.bad.pop()
    gone, _ = split(house, trial)
    took = healed[1] - healed[0]
    tell(f"black hole {seconds} s, {trial.figures}; {latency(gone)}; subscribed after {took:.1f} s")
    assert percentile(gone, 0.99) <= WITHOUT_BELL_SECONDS
    assert took <= SUBSCRIBED_SECONDS


@pytest.mark.parametrize("orders", [100, pytest.param(4_000, marks=LONG)])
async def test_letters_dropped_repeated_and_reordered_change_nothing(
    house: Lab, orders: int, tell: Tell
) -> None:
    """I9: whatever is done to letters costs time, and at most 1.5 s of it."""
    async with house.trial(orders, 30) as trial:
        lie(house)
        await trial.during()
        wrong = await trial.verdict()
        house.mood.dropped = house.mood.repeated = house.mood.late = 0.0

    tell(f"letters {dict(house.mood.counts)}, {trial.figures}; {latency(trial.latencies())}")
    assert wrong == []
    assert min(house.mood.counts[lie] for lie in ("dropped", "repeated", "late")) > orders / 5
    assert percentile(trial.latencies(), 0.99) <= WITHOUT_BELL_SECONDS


@pytest.mark.parametrize("way", ["silent", *LONG_WAYS])
async def test_control_without_heads_the_same_loses_events(bare: Lab, way: str, tell: Tell) -> None:
    async with bare.trial(24, 15) as trial:
        pause = partial(trial.crew.reach, 0.8)
        await trial.during(after(trial, 0.3, lambda: getattr(bare, way)(pause)))
        wrong = await trial.verdict(patience=1)

    tell(f"control, Redis {way}: {len(wrong)} complaints")
    assert any("is not at" in complaint for complaint in wrong)


async def test_control_without_heads_lies_are_believed(bare: Lab, tell: Tell) -> None:
    async with bare.trial(30, 25) as trial:
        lie(bare)
        await trial.during()
        wrong = await trial.verdict(patience=1)

    tell(f"control, letters {dict(bare.mood.counts)}: {len(wrong)} complaints")
    assert any("is not at" in complaint for complaint in wrong)


def lie(house: Lab) -> None:
    """Three of ten dropped, three repeated, half overtaken by the next."""
    house.mood.counts.clear()
    house.mood.dropped = house.mood.repeated = 0.3
    house.mood.late = 0.5


async def after(trial: Trial, share: float, act: Callable[[], object]) -> None:
    await trial.crew.reach(share)
    await act()  # type: ignore[misc]


async def watch_elsewhere(house: Lab, seconds: float) -> None:
    """Somebody opens a board of a location that nobody watched before."""
    await asyncio.sleep(seconds / 2)
    kitchen, web = house.house.cast.kitchen, house.house.webs[1]
    async with house.house.board(kitchen, web=web):
        await asyncio.sleep(seconds / 2)


async def subscribed(house: Lab, channel: str) -> float:
    """When Redis has a subscriber of the channel."""
    async with Redis.from_url(house.house.valkey.url) as redis, asyncio.timeout(20):
        while not dict(await redis.pubsub_numsub(channel))[channel.encode()]:
            pass
    return time.time()


def split(house: Lab, trial: Trial) -> tuple[list[float], list[float]]:
    """How long events took while the bell was gone, and else."""
    gone = [took for hours in house.bad for took in trial.latencies(*hours)]
    return gone, sorted(trial.latencies())[: len(trial.latencies()) - len(gone)]


def latency(seconds: list[float]) -> str:
    return (
        f"p50 {percentile(seconds, 0.5) * 1000:.0f}, p99 {percentile(seconds, 0.99) * 1000:.0f} ms"
    )
