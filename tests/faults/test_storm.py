"""Redis and web are killed, wires are cut, orders move on: every board ends as the database."""

import re
from dataclasses import replace
from typing import Final

import pytest

from tests.faults.storm import Plan, Storm
from tests.faults.unprotected import WORDS
from tests.flow.fixtures import Grounds, Tell

SQUALL: Final = Plan(orders=80, per_second=20, deaths=1, cut_seconds=2)
HURRICANE: Final = Plan(
    orders=1_000, per_second=10, deaths=5, cut_seconds=60, boards=4, longest_pause=15, pages=True
)
CONTROL: Final = Plan(orders=40, per_second=20, deaths=1, cut_seconds=1, patience=1, forgetful=True)
WRONG: Final = re.compile("cards are not as they are|cards where .* should be")
WEBS: Final = {"sqlite": 1, "postgresql": 2}


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
async def test_after_a_squall_every_board_is_as_the_database(
    grounds: Grounds, backend: str, tell: Tell
) -> None:
    with grounds.house(backend, webs=WEBS[backend]) as house:
        storm = Storm(house, SQUALL)

        assert await storm.rage() == []

    tell(f"{backend}: {storm.figures()}")


async def test_without_heads_and_resume_the_same_storm_leaves_boards_that_are_wrong(
    grounds: Grounds, tell: Tell
) -> None:
    with grounds.house("postgresql", webs=2, words=WORDS) as house:
        storm = Storm(house, CONTROL)

        wrong = await storm.rage()

    tell(f"unprotected: {len(wrong)} complaints; {storm.figures()}")
    assert any(WRONG.search(complaint) for complaint in wrong)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
async def test_after_a_hurricane_every_board_is_as_the_database(
    grounds: Grounds, backend: str, tell: Tell
) -> None:
    with grounds.house(backend, webs=WEBS[backend], workers=WEBS[backend] - 1) as house:
        storm = Storm(house, HURRICANE)

        assert await storm.rage() == []

    tell(f"{backend}: {storm.figures()}")


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_without_heads_and_resume_a_hurricane_leaves_boards_that_are_wrong(
    grounds: Grounds,
) -> None:
    with grounds.house("postgresql", webs=2, words=WORDS) as house:
        storm = Storm(house, replace(HURRICANE, forgetful=True, pages=False, patience=5))

        assert any(WRONG.search(wrong) for wrong in await storm.rage())
