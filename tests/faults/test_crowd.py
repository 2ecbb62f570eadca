"""All boards come back at once: the database hardly notices, and orders go on."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Final

import pytest
from sqlmodel import Session, text

from tests.faults.meddled import MODULE
from tests.faults.trial import percentile, trial
from tests.faults.way import way_to
from tests.faults.witness import Witness
from tests.flow.board import Board
from tests.flow.fixtures import Grounds, Tell
from tests.flow.house import House

QUESTIONS_EACH: Final = 3.0
BACK_SECONDS: Final = 10.0
ASKING_SECONDS: Final = 1.0
ASKED: Final = text(
    "SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database"
    " WHERE datname = current_database()"
)
names = itertools.count()


async def come_back(house: House, boards: int) -> tuple[float, float, float, list[str]]:
    """Seconds until all are back, transactions for each, the crew's p99, and what is wrong."""
    web, name = house.webs[-1], f"w{next(names)}-"
    with way_to(web.port) as way:
        address = [f"ws://127.0.0.1:{way.port}/live"]
        more = {"boards": boards, "addresses": address, "by": [house.web], "name": name}
        async with trial(house, 40, 10, longest_pause=0.01, **more) as found:  # type: ignore[arg-type]
            back = each = 0.0

            async def cut() -> None:
                nonlocal back, each
                await found.crew.reach(0.3)
                before, began = await house.database.read(asked), time.monotonic()
                way.reset()
                for board in found.boards:
                    await board.until(back_again, BACK_SECONDS * 2)
                back = time.monotonic() - began
                await asyncio.sleep(1.2)  # so long PostgreSQL keeps its figures to itself
                spent = await house.database.read(asked) - before
                each = spent / boards  # with all that the crew and everybody else asked meanwhile

            await found.during(cut())
            wrong = await found.verdict()
    return back, each, percentile(found.crew.asking, 0.99), wrong


def back_again(board: Board) -> bool:
    """Whether it is there again, and current."""
    assert isinstance(board, Witness)
    return board.connects == 2 and bool(board.caught_up)


def asked(session: Session) -> int:
    return int(session.execute(ASKED).scalar_one())


@pytest.mark.timeout(180)
@pytest.mark.parametrize("boards", [60, pytest.param(500, marks=pytest.mark.long)])
async def test_boards_that_come_back_at_once_cost_the_database_little(
    pair: House, boards: int, tell: Tell
) -> None:
    back, each, asking, wrong = await come_back(pair, boards)

    tell(
        f"{boards} boards at once: all back after {back:.1f} s, {each:.2f} transactions each,"
        f" orders answered within {asking * 1000:.0f} ms"
    )
    assert wrong == []
    assert back <= BACK_SECONDS
    assert each <= QUESTIONS_EACH
    assert asking < ASKING_SECONDS


@pytest.mark.long
async def test_control_where_each_asks_for_itself_the_database_notices(
    grounds: Grounds, tell: Tell
) -> None:
    with grounds.house("postgresql", words=(MODULE, "sharing"), SOCKETS_PER_PERSON="500") as house:
        _, each, _, _ = await come_back(house, 60)

    tell(f"control, each asks for itself: {each:.2f} transactions each")
    assert each >= QUESTIONS_EACH
