"""Evenings by the seed, for control runs: whatever protection is off, one of them shows it."""

from __future__ import annotations

import contextlib
import inspect
import random
from typing import Final

from server.db import Database
from tests.invariants.machine import Machine, kept
from tests.scene import Scene

ACTS: Final = 25
SETTLING_IN: Final = 9
OFTEN: Final = 0.7
USUAL: Final = (
    "write write write race silent again come come come_back stall recover hear hear look rest"
    " crash save still"
).split()
RARE: Final = "withdraw kill forget restore come_back crash".split()


def broken(
    scene: Scene, databases: tuple[Database, ...], invariant: str, evenings: int, seconds: float
) -> bool:
    """Whether any of so many evenings, each of its own seed, breaks an invariant."""
    machine = kept(scene, databases, seconds)
    for seed in range(evenings):
        chance, evening = random.Random(seed), machine()  # noqa: S311  # repeatable
        with contextlib.suppress(AssertionError):
            for step in range(ACTS):
                act(evening, chance, step)
            evening.teardown()
        if any(words.startswith(invariant) for words in machine.found):
            return True
    return False


def act(machine: Machine, chance: random.Random, step: int) -> None:
    """Anything that may happen, most of the time something usual."""
    name = chance.choice(USUAL if step < SETTLING_IN or chance.random() < OFTEN else RARE)
    wanted = {
        "number": chance.randint(0, 99),
        "process": chance.randint(0, 1),
        "at": chance.randint(0, 5),
        "times": chance.randint(0, 2),
    }
    taken = inspect.signature(getattr(Machine, name)).parameters.keys() & wanted.keys()
    getattr(machine, name)(**{key: wanted[key] for key in taken})
