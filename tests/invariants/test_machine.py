"""Any evening that two processes, their writers and their boards may have leaves all invariants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Final

import pytest

from server.db import Database
from tests.invariants.desk import Asked
from tests.invariants.machine import spend
from tests.invariants.night import in_order
from tests.invariants.roaming import broken
from tests.invariants.sabotage import SABOTAGE
from tests.scene import Scene

Two = tuple[Database, Database]

TRIES: Final = 60
IMPATIENT_SECONDS: Final = 0.5


@pytest.fixture
def two(scene: Scene) -> Iterator[Two]:
    """The database as each of two processes knows it."""
    if scene.database.bundled:
        yield scene.database, scene.database
        return
    with closing(Database(scene.database.url)) as other:
        yield scene.database, other


@pytest.mark.parametrize(
    "evenings",
    [
        pytest.param(12, marks=pytest.mark.timeout(120)),
        pytest.param(400, marks=[pytest.mark.long, pytest.mark.timeout(3_600)]),
    ],
)
def test_after_any_evening_every_invariant_holds(scene: Scene, two: Two, evenings: int) -> None:
    spend(scene, two, evenings)


@pytest.mark.parametrize("invariant", SABOTAGE)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_control_without_its_protection_an_invariant_breaks(
    scene: Scene, two: Two, invariant: str
) -> None:
    with ExitStack() as stack:
        for change in SABOTAGE[invariant]():
            stack.enter_context(change)

        assert broken(scene, two, invariant, TRIES, IMPATIENT_SECONDS)


def test_control_a_number_given_too_late_is_seen() -> None:
    early, late = Asked(began=1, ended=2), Asked(began=3, ended=4)

    assert in_order([(1, early), (2, late)]) == []
    assert in_order([(2, early), (1, late)]) == ["I2 2 was over before 1 began"]
