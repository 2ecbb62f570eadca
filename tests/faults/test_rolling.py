"""Processes are replaced one after the other under open boards, and pages by newer ones."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any, Final

import pytest

from tests.faults.meddled import MODULE
from tests.faults.readers import never_reading
from tests.faults.trial import percentile, trial
from tests.faults.way import Way, way_to
from tests.faults.witness import Witness
from tests.flow.fixtures import Grounds, Tell
from tests.flow.house import House
from tests.flow.programs import Web

STALLED: Final = 5
STOPPED_SECONDS: Final = 10.0
BACK_SECONDS: Final = 3.0
RELOAD: Final = 4503
names = itertools.count()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("boards", [60, pytest.param(200, marks=pytest.mark.long)])
async def test_a_rolling_restart_is_missed_by_no_board(
    pair: House, boards: int, tell: Tell
) -> None:
    stopped, opened = [], []
    with way_to(pair.web.port) as way:
        address = [f"ws://127.0.0.1:{way.port}/live"]
        more = {"boards": boards, "addresses": address, "longest_pause": BACK_SECONDS}
        name = f"o{next(names)}-"
        async with trial(pair, 100, 10, name=name, **more) as found:  # type: ignore[arg-type]

            async def roll() -> None:
                for web, other in (pair.webs, reversed(pair.webs)):
                    way.opened_at.clear()
                    stopped.append(await replaced(pair, web, other, way))
                    opened.append(list(way.opened_at))

            await found.during(roll())
            wrong = await found.verdict()

    back = [took for board in found.boards for took in board.back]
    late, storm = percentile(back, 0.95), max(busiest(times) for times in opened)
    tell(
        f"rolling restart under {boards} boards: back p95 {late:.1f} s, {storm:.1f} × the mean at"
        f" worst, stops {max(stopped):.1f} s, {found.figures}"
    )
    assert wrong == []
    assert max(stopped) <= STOPPED_SECONDS
    assert late <= BACK_SECONDS + 0.5
    assert all(board.snapshots == 1 for board in found.boards)  # nobody had to start over


async def replaced(house: House, web: Web, other: Web, way: Way) -> float:
    """New boards are led to the other process; this one stops in good order, and starts again."""
    way.upstream = other.port
    with never_reading(house, web, house.cast.bar, STALLED):
        began = time.monotonic()
        assert await asyncio.to_thread(web.stop) == 0, web.said()
        took = time.monotonic() - began
    web.start()
    await asyncio.to_thread(web.wait_until_ready)
    return took


def busiest(times: list[float]) -> float:
    """Connects in the busiest 300 ms against their mean."""
    width = 0.3
    slots = [0] * (int((max(times) - min(times)) / width) + 1)
    for at in times:
        slots[int((at - min(times)) / width)] += 1
    return max(slots) * len(slots) / len(times)


class Page(Witness):
    """A board that says how old its page is."""

    build = ""

    async def say(self, socket: Any, question: Any) -> None:
        await super().say(socket, {**question, **({"build": self.build} if self.build else {})})


async def page(house: House, build: str, closes: int) -> list[Page]:
    """An old page and one of no build follow the bar; the first is closed so often."""
    key = {"Authorization": f"Bearer {house.cast.shop_token}"}
    made = [Page(house.web.live, f"location:{house.cast.bar}", headers=key) for _ in range(2)]
    made[0].build = build
    for board in made:
        await board.__aenter__()
    assert [board.closes for board in made] == [[RELOAD] * closes, []]
    return made


async def test_a_page_of_another_build_is_told_to_reload_and_misses_nothing(
    pair: House, tell: Tell
) -> None:
    old, other = await page(pair, "of yesterday", closes=1)
    async with pair.shop() as shop:
        card = await shop.place(pair.cast.bar)
    await other.until(lambda b: card["id"] in b.cards)

    again = Page(pair.web.live, other.channel, headers=other.headers)
    again.position = old.position  # loaded anew, with whatever it had
    async with again:
        await again.until(lambda b: card["id"] in b.cards)
        assert again.differences(await pair.truth(pair.cast.bar, "staff")) == []
    for board in (old, other):
        await board.__aexit__(None, None, None)
    tell("a page of another build: closed with 4503; anew, it has everything")


@pytest.mark.long
async def test_control_a_server_that_does_not_compare_builds_lets_it_go_on(
    grounds: Grounds,
) -> None:
    with grounds.house("sqlite", words=(MODULE, "build")) as house:
        for board in await page(house, "of yesterday", closes=0):
            await board.__aexit__(None, None, None)
