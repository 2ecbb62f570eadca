"""The lamp never lies: it does not say Live when the book was beyond what is shown 15 s ago."""

import asyncio
from collections import Counter
from typing import Final

import pytest

from tests.flow.fixtures import Tell
from tests.lamp.panel import Look
from tests.lamp.ways import WAYS, Scene

pytestmark = pytest.mark.browser

FOLLOWERS: Final = 84
ROUNDS: Final = 1  # 13 ways × 84 followers = 1 092 attempts
LASTS_SECONDS: Final = 20.0
AFTER_SECONDS: Final = 6.0
QUICK: Final = "half open"


@pytest.mark.timeout(180)
async def test_no_lamp_lies_on_a_wire_that_has_gone_silent(scene: Scene, tell: Tell) -> None:
    async with scene.book.growing():
        told = await attempts(scene, QUICK, 8)

    lies, naive = judged(scene, told)
    tell(f"{len(told)} lamps on a silent wire: {lies} lies; of lamps by the socket {naive}")
    assert lies == 0
    assert naive == len(told)  # the control: whoever trusts an open socket is fooled


@pytest.mark.long
@pytest.mark.timeout(3_600)
async def test_a_thousand_attempts_to_fool_a_lamp(scene: Scene, tell: Tell) -> None:
    lies: Counter[str] = Counter()
    naive: Counter[str] = Counter()
    tried = 0
    async with scene.book.growing():
        for way in list(WAYS) * ROUNDS:
            told = await attempts(scene, way, FOLLOWERS)
            tried += len(told)
            lies[way], naive[way] = (
                had + now
                for had, now in zip((lies[way], naive[way]), judged(scene, told), strict=True)
            )
            tell(f"{way}: {lies[way]} lies; of lamps by the socket {naive[way]}")

    tell(f"{tried} attempts: {lies.total()} lies; of lamps by the socket {naive.total()}")
    assert tried >= 1_000
    assert lies.total() == 0
    assert naive.total() > 0


async def attempts(scene: Scene, way: str, count: int) -> list[list[Look]]:
    """What so many followers say while they are fooled this way, and after."""
    await scene.panel.follow(count)
    async with WAYS[way](scene):
        await asyncio.sleep(LASTS_SECONDS)
    await asyncio.sleep(AFTER_SECONDS)
    told = await scene.panel.looks()
    assert all(looks for looks in told)
    return told


def judged(scene: Scene, told: list[list[Look]]) -> tuple[int, int]:
    """How many followers lied, and how many would have if an open socket were all they asked."""
    book = scene.book
    lies = [any(book.lies(look) for look in looks) for looks in told]
    naive = [any(look.open and book.behind(look) for look in looks) for looks in told]
    return sum(lies), sum(naive)
