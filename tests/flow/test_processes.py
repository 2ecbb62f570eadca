"""Several web processes over PostgreSQL: what one writes is live on the other, bell or no bell."""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests.flow.board import Board
from tests.flow.fixtures import Tell
from tests.flow.foundation import Foundation
from tests.flow.house import House
from tests.flow.house import house as built
from tests.flow.shop import Shop

QUICK_SECONDS: Final = 0.5  # with the bell
WITHOUT_BELL_SECONDS: Final = 1.5
MOVES: Final = 5


@pytest.fixture(scope="module")
def house(
    foundations: Callable[[str], Foundation], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    with built(foundations("postgresql"), tmp_path_factory.mktemp("two"), webs=2) as running:
        yield running


async def travel(shop: Shop, board: Board, location: int) -> float:
    """Seconds from the answer of one process until the other's board shows it."""
    card = await shop.place(location)
    start = time.monotonic()
    await board.until(lambda b: card["id"] in b.cards)
    return time.monotonic() - start


async def test_boards_of_another_process_are_live_with_redis_without_it_and_after_it(
    house: House, tell: Tell
) -> None:
    bar, (here, there) = house.cast.bar, house.webs
    async with house.shop(here) as shop, house.board(bar, web=there) as board:
        usual = [await travel(shop, board, bar) for _ in range(MOVES)]
        house.valkey.kill()
        alone = [await travel(shop, board, bar) for _ in range(MOVES)]
        house.valkey.start()
        back = time.monotonic()
        healed = alone
        while statistics.median(healed) > QUICK_SECONDS / 5:
            assert time.monotonic() - back < 30, healed
            healed = [await travel(shop, board, bar) for _ in range(3)]

    tell(
        f"seconds to the other process: {shown(usual)}, without Redis {shown(alone)}, "
        f"again {shown(healed)} ({time.monotonic() - back:.1f} s after its start)"
    )
    assert statistics.median(usual) < QUICK_SECONDS
    assert statistics.median(alone) <= WITHOUT_BELL_SECONDS
    assert board.faults() == []
    assert board.connects == 1


async def test_whoever_moves_it_where_each_process_tells_the_same_story(house: House) -> None:
    bar, (here, there) = house.cast.bar, house.webs
    async with (
        house.shop(here) as one,
        house.shop(there) as other,
        house.board(bar, web=here) as near,
        house.board(bar, web=there) as far,
    ):
        for _ in range(10):
            card = await one.place(bar)
            await other.move(card, "ready")
            await one.move(card, "fulfilled")

        truth = await house.truth(bar, "staff")
        for board in (near, far):
            await board.until(lambda b: b.position.offset == truth.offset)
            assert board.faults() + board.differences(truth) == []
        assert [(s.offset, s.thing) for s in near.shown] == [(s.offset, s.thing) for s in far.shown]


def shown(seconds: list[float]) -> str:
    return " ".join(f"{one:.2f}" for one in seconds)
