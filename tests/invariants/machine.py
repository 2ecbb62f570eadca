"""The state machine: whatever the evening was like, the night finds every invariant whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from server.db import Database
from tests.invariants.desk import SETTLED_SECONDS
from tests.invariants.evening import Evening
from tests.invariants.night import judged
from tests.invariants.world import processes
from tests.scene import Scene

NUMBER = st.integers(0, 99)
PROCESS = st.integers(0, 1)


class Machine(RuleBasedStateMachine):
    """Writers, boards, kills, a Redis that lies, and a database that may be put back."""

    scene: Scene
    databases: tuple[Database, ...]
    seconds: float
    found: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.scene.reset()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.acts = 0
        self.run(self.begin())

    def run(self, act: Awaitable[Any]) -> None:
        async def acting() -> None:
            await act

        self.acts += 1
        self.runner.run(acting())

    async def begin(self) -> None:
        made = await self.stack.enter_async_context(processes(*self.databases))
        self.evening = Evening(self.scene, self.databases, made, self.seconds)

    @rule(number=NUMBER, process=PROCESS)
    def write(self, number: int, process: int) -> None:
        self.run(self.evening.write(number, process))

    @rule(number=NUMBER)
    def race(self, number: int) -> None:
        self.run(self.evening.race(number))

    @rule(number=NUMBER, process=PROCESS)
    def again(self, number: int, process: int) -> None:
        self.run(self.evening.again(number, process))

    @rule(process=PROCESS)
    def crash(self, process: int) -> None:
        self.run(self.evening.crash(process))

    @rule(number=NUMBER, process=PROCESS)
    def silent(self, number: int, process: int) -> None:
        self.run(self.evening.silent(number, process))

    @rule(number=NUMBER, process=PROCESS)
    def come(self, number: int, process: int) -> None:
        self.run(self.evening.come(number, process))

    @rule(number=NUMBER, process=PROCESS)
    def come_back(self, number: int, process: int) -> None:
        self.run(self.evening.come_back(number, process))

    @rule(number=NUMBER)
    def stall(self, number: int) -> None:
        self.run(self.evening.stall(number))

    @rule(number=NUMBER)
    def recover(self, number: int) -> None:
        self.run(self.evening.recover(number))

    @precondition(lambda self: self.acts > 8)
    @rule(number=NUMBER)
    def withdraw(self, number: int) -> None:
        self.run(self.evening.withdraw(number))

    @rule(process=PROCESS, at=st.integers(0, 5), times=st.integers(0, 2))
    def hear(self, process: int, at: int, times: int) -> None:
        """Redis drops a letter, passes one on out of turn, or says it twice."""

        async def heard() -> None:
            self.evening.processes[process].hear(times, at=at)
            await asyncio.sleep(0)

        self.run(heard())

    @rule(process=PROCESS)
    def look(self, process: int) -> None:
        self.run(self.evening.look(process))

    @rule()
    def rest(self) -> None:
        self.run(self.evening.rest())

    @rule(process=PROCESS)
    def kill(self, process: int) -> None:
        self.run(self.evening.kill(process))

    @rule()
    def still(self) -> None:
        self.run(self.evening.still())

    @precondition(lambda self: self.acts > 10)
    @rule()
    def forget(self) -> None:
        self.run(self.evening.forget())

    @precondition(lambda self: self.acts < 20)
    @rule()
    def save(self) -> None:
        self.run(self.evening.save())

    @precondition(lambda self: self.acts > 12)
    @rule()
    def restore(self) -> None:
        self.run(self.evening.restore())

    def teardown(self) -> None:
        try:
            wrong = self.runner.run(judged(self.evening))
            self.found += wrong
            assert not wrong, "\n".join(wrong)
        finally:
            self.runner.run(self.stack.aclose())
            self.evening.close()
            self.runner.close()


def kept(
    scene: Scene, databases: tuple[Database, ...], seconds: float = SETTLED_SECONDS
) -> type[Machine]:
    """The machine over this database; `found` is what it found wrong."""
    own = {"scene": scene, "databases": databases, "seconds": seconds, "found": []}
    return type("Evenings", (Machine,), own)


def spend(scene: Scene, databases: tuple[Database, ...], evenings: int, steps: int = 25) -> None:
    """So many evenings, each of so many acts; raises what is wrong with the first that is."""
    run_state_machine_as_test(
        kept(scene, databases),
        settings=settings(
            max_examples=evenings,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
