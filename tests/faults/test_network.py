"""The network between boards and server: unplugged, slow, cut when idle, buffered."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import subprocess
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

import orjson
import pytest

from server.environment import ROOT
from tests.faults.trial import Trial, percentile, trial
from tests.faults.way import Way, way_to
from tests.flow.fixtures import Tell
from tests.flow.foundation import OnSQLite
from tests.flow.house import House

DARK_SECONDS: Final = 10.0
FREED_SECONDS: Final = 30.0
BACK_SECONDS: Final = 15.0
HEARTBEAT_SECONDS: Final = 5.0
LONG: Final = (pytest.mark.long, pytest.mark.timeout(300))
SLOW: Final = {"delay": 0.15, "jitter": 0.05}  # each way; 300 ms ± 100 there and back
names = itertools.count()


def through(
    pair: House, way: Way, orders: int, per_second: float
) -> AbstractAsyncContextManager[Trial]:
    """Boards beyond the way, a crew at home."""
    address = [f"ws://127.0.0.1:{way.port}/live"]
    return trial(
        pair, orders, per_second, addresses=address, by=[pair.web], name=f"n{next(names)}-"
    )


@pytest.mark.parametrize("seconds", [11, pytest.param(60, marks=LONG)])
async def test_a_cable_pulled_out_is_noticed_and_a_cable_put_back_is_enough(
    pair: House, seconds: int, tell: Tell
) -> None:
    """Without a word to either side: sockets stay open, and bytes arrive when it is put back."""
    dark: list[float] = []
    with way_to(pair.webs[1].port) as way:
        async with through(pair, way, seconds * 6, 5) as found:

            async def pull() -> None:
                way.holding = True
                began = asyncio.get_running_loop().time()
                while asyncio.get_running_loop().time() < began + seconds:
                    await asyncio.sleep(0.05)
                    if not dark and all(board.lamp != "live" for board in found.boards):
                        dark.append(asyncio.get_running_loop().time() - began)
                way.holding = False

            await found.during(pull())
            wrong = await found.verdict()

    believed = len(found.boards)
    tell(
        f"proxy silent {seconds} s: none of {believed} Live after {dark[0]:.1f} s, {found.figures}"
    )
    assert wrong == []
    assert dark[0] <= DARK_SECONDS


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_network_namespace_cut_off_for_a_minute(tmp_path: Path, tell: Tell) -> None:
    foundation = OnSQLite(tmp_path / "foundation")
    foundation.lay(tmp_path / "var")
    unshare = namespaces()
    if not unshare:
        tell("no right to network namespaces here: the proxy above stands for this")
        return
    words = [str(tmp_path / "var"), foundation.cast.shop_token, str(foundation.cast.bar), "60"]
    done = subprocess.run(
        [*unshare, sys.executable, "-m", "tests.faults.island", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4_000:]
    found = orjson.loads(done.stdout)

    tell(
        f"namespace cut 60 s: not Live after {found['dark']:.1f} s, sockets freed after"
        f" {found['freed']:.1f} s, all Live {found['connected']:.1f} s after it was mended,"
        f" {found['caught_up'] * 1000:.0f} ms after they were connected"
    )
    assert found["wrong"] == []
    assert 0 < found["dark"] <= DARK_SECONDS
    assert 0 < found["freed"] <= FREED_SECONDS
    assert found["connected"] <= BACK_SECONDS


def namespaces() -> list[str]:
    """How to get a network of one's own; nothing where that is not allowed."""
    if not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
        return []
    way = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    allowed = subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0
    return way if allowed else []


@pytest.mark.parametrize("seconds", [pytest.param(30, marks=LONG)])
async def test_a_slow_network_is_slow_and_still_live(pair: House, seconds: int, tell: Tell) -> None:
    with way_to(pair.webs[1].port) as way:
        async with through(pair, way, seconds * 5, 5) as found:
            vars(way).update(SLOW)
            found.not_live = found.looks = 0
            await found.during()
            wrong = await found.verdict()

    late, dark = percentile(found.latencies(), 0.99), found.not_live / found.looks
    tell(f"300 ms ± 100 there and back: p99 {late * 1000:.0f} ms, not Live {dark:.1%} of looks")
    assert wrong == []
    assert late < 3.0
    assert dark < 0.01


@pytest.mark.parametrize(("idle", "seconds"), [pytest.param(60, 130, marks=LONG)])
async def test_a_proxy_that_cuts_idle_sockets_cuts_none_of_ours(
    pair: House, idle: int, seconds: int, tell: Tell
) -> None:
    with way_to(pair.webs[1].port) as way:
        way.idle_seconds = idle
        found = await quiet(pair, way, seconds)

    tell(f"idle sockets cut after {idle} s: {way.idle_cuts} cut in {seconds} s without an event")
    assert way.idle_cuts == 0
    assert [board.connects for board in found.boards] == [1] * len(found.boards)


@pytest.mark.long
async def test_control_a_proxy_less_patient_than_our_heartbeat_cuts_them(
    pair: House, tell: Tell
) -> None:
    with way_to(pair.webs[1].port) as way:
        way.idle_seconds = HEARTBEAT_SECONDS / 4
        found = await quiet(pair, way, 3)

    tell(f"control, idle sockets cut after {way.idle_seconds:.1f} s: {way.idle_cuts} cut")
    assert way.idle_cuts >= len(found.boards)


async def quiet(pair: House, way: Way, seconds: float) -> Trial:
    """Nothing happens for a while."""
    found: Trial
    async with through(pair, way, 1, 1) as found:
        await asyncio.sleep(seconds)
        await found.during()
        assert await found.verdict() == []
    return found


@pytest.mark.parametrize("seconds", [pytest.param(20, marks=LONG)])
async def test_behind_a_proxy_that_gathers_no_lamp_lies(
    pair: House, seconds: int, tell: Tell
) -> None:
    with way_to(pair.webs[1].port) as way:
        async with through(pair, way, seconds * 5, 5) as found:
            way.gathering = 256 * 1024
            await found.during()
            way.gathering = 0
            way.reset()
            wrong = await found.verdict()

    tell(
        f"answers gathered: not Live at {found.not_live} of {found.looks} looks, {found.lies} lies"
    )
    assert wrong == []
    assert found.lies == 0
