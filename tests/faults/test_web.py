"""A web process is killed, frozen, blocked: its boards say so, come back, and miss nothing."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import time
from typing import Final
from unittest.mock import patch

import httpx2
import pytest

from tests.faults.meddled import BLOCKED_SECONDS
from tests.faults.trial import Trial, percentile, repeat, trial
from tests.faults.witness import Witness
from tests.flow.fixtures import Tell
from tests.flow.house import House
from tests.flow.programs import Web

NOT_LIVE_SECONDS: Final = 10.0
HASTY_SECONDS: Final = 2.0  # instead of fifteen
LONG: Final = (pytest.mark.long, pytest.mark.timeout(600))
names = itertools.count()


@pytest.mark.parametrize(("kills", "orders"), [pytest.param(20, 4_000, marks=LONG)])
async def test_web_killed_again_and_again_loses_nothing_and_does_nothing_twice(
    pair: House, kills: int, orders: int, tell: Tell
) -> None:
    async with trial(pair, orders, 30, name=f"k{next(names)}-") as found:
        await found.during(killing(found, kills))
        assert await found.verdict() == []

    back = [took for board in found.boards for took in board.back]
    caught = [took for board in found.boards for took in board.caught_up]
    tell(
        f"web killed {kills} times, {found.figures}; back p95 {percentile(back, 0.95):.1f} s,"
        f" caught up p99 {percentile(caught, 0.99) * 1000:.0f} ms after"
    )
    assert percentile(caught, 0.99) < 1.0


@pytest.mark.long
async def test_control_without_resuming_the_same_loses_events(pair: House, tell: Tell) -> None:
    async with trial(pair, 60, 25, name=f"c{next(names)}-", forgetful=True) as found:
        await found.during(killing(found, 1))
        wrong = await found.verdict(patience=1)

    tell(f"control, web killed once: {len(wrong)} complaints")
    assert any("cards" in complaint for complaint in wrong)


@pytest.mark.parametrize("seconds", [11, pytest.param(20, marks=LONG)])
async def test_a_frozen_web_is_not_live_and_goes_on_where_it_stood(
    pair: House, seconds: int, tell: Tell
) -> None:
    frozen, name = pair.webs[1], f"f{next(names)}-"
    async with trial(pair, 10 * seconds, 10, at=[frozen], by=[pair.web], name=name) as found:
        stale: list[float] = []

        async def freeze() -> None:
            began = time.monotonic()
            os.kill(frozen.pid, signal.SIGSTOP)
            while time.monotonic() < began + seconds:
                await asyncio.sleep(0.05)
                if len(stale) < len(found.boards) and dark(found):
                    stale.append(time.monotonic() - began)
            believed = sum(board.position.offset < found.heads[-1][1] for board in found.boards)
            os.kill(frozen.pid, signal.SIGCONT)
            assert believed == len(found.boards)  # a lamp without clocks would be Live over these

        await found.during(freeze())
        assert await found.verdict() == []

    tell(f"web frozen {seconds} s: no board Live after {stale[0]:.1f} s, {found.figures}")
    assert stale[0] <= NOT_LIVE_SECONDS


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_control_lamps_without_clocks_lie_about_a_frozen_web(pair: House, tell: Tell) -> None:
    frozen, name = pair.webs[1], f"l{next(names)}-"
    with patch.object(Witness, "believing", True):
        async with trial(pair, 190, 10, at=[frozen], by=[pair.web], name=name) as found:
            os.kill(frozen.pid, signal.SIGSTOP)
            try:
                await found.during()
            finally:
                os.kill(frozen.pid, signal.SIGCONT)
            wrong = await found.verdict()

    tell(f"control, lamps without clocks: {found.lies} lies")
    assert any(complaint.startswith("I8") for complaint in wrong)


def dark(found: Trial) -> bool:
    """Whether no lamp says Live."""
    return all(board.lamp != "live" for board in found.boards)


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=LONG)])
async def test_a_blocked_loop_makes_nobody_leave(pair: House, times: int, tell: Tell) -> None:
    web, name = pair.webs[1], f"b{next(names)}-"
    async with trial(pair, 40 * times, 10, at=[web], by=[pair.web], name=name) as found:
        await found.during(repeat(times, lambda _: blocked(web.pid)))
        assert await found.verdict() == []

    slowest, noticed = max(found.latencies()), worst_lag(web)
    worst = f"worst {slowest:.1f} s, {noticed:.1f} s by its own figure"
    tell(f"loop blocked {times} times for 3 s: {worst}, {found.figures}")
    assert [board.connects for board in found.boards] == [1] * len(found.boards)
    assert slowest > BLOCKED_SECONDS - 0.5  # it was blocked indeed
    assert noticed > BLOCKED_SECONDS - 0.5


@pytest.mark.long
async def test_control_hasty_boards_take_a_blocked_loop_for_a_dead_one(
    pair: House, tell: Tell
) -> None:
    web, name = pair.webs[1], f"h{next(names)}-"
    with patch("tests.flow.board.SILENCE_SECONDS", HASTY_SECONDS):
        async with trial(pair, 40, 10, at=[web], by=[pair.web], name=name) as found:
            await found.during(blocked(web.pid))

    connects = sum(board.connects for board in found.boards)
    tell(f"control, {HASTY_SECONDS} s of patience: {connects} connects, {len(found.boards)} boards")
    assert connects > len(found.boards)


def worst_lag(web: Web) -> float:
    """What the process itself says of its loop."""
    told = httpx2.get(f"{web.url}/metrics", timeout=10, trust_env=False).text
    return float(told.partition("\nheard_loop_lag_worst_seconds ")[2].split()[0])


async def blocked(pid: int) -> None:
    os.kill(pid, signal.SIGUSR1)
    await asyncio.sleep(BLOCKED_SECONDS + 1)


async def killing(found: Trial, kills: int) -> None:
    """One process after the other dies without a word."""
    webs = itertools.cycle(reversed(found.house.webs))
    for number in range(kills):
        await found.crew.reach((number + 0.3) / kills)
        await found.house.restart(next(webs))
