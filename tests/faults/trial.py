"""One trial: boards watch, a crew works, something befalls the house, and then all is judged."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from itertools import cycle
from typing import Any, Final

from server import events
from server.errors import Unsaved
from tests.faults.crew import Crew
from tests.faults.oracle import complaints
from tests.faults.witness import Witness
from tests.flow.house import House
from tests.flow.programs import Web

AUDIENCES: Final = ("staff", "display", "pickup", "staff")
PATIENCE: Final = 60.0
BEHIND_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 0.25


class Trial:
    """A house with its boards and its crew."""

    def __init__(self, house: House, crew: Crew, boards: Sequence[Witness]) -> None:
        self.house = house
        self.crew = crew
        self.boards = boards
        self.heads: list[tuple[float, int]] = []
        self.lies = 0  # times that a lamp said Live over a board that was too far behind
        self.not_live = 0
        self.looks = 0

    async def during(self, *befalls: Awaitable[Any]) -> None:
        """The crew works, and whatever befalls the house happens meanwhile."""
        watching = asyncio.create_task(self.watch_lamps())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.crew.work())
            for befall in befalls:
                tasks.create_task(as_coroutine(befall))
        watching.cancel()

    async def watch_lamps(self) -> None:
        """A lie is a Live over a board that is behind where the book was 15 s ago."""
        name = f"location:{self.crew.location}"
        while True:
            try:
                found = await self.house.database.read(lambda s: events.heads(s, [name]))
                self.heads.append((time.monotonic(), found.channels[name].offset))
            except Unsaved:  # the database is being put back
                pass
            self.judge_lamps()
            await asyncio.sleep(LOOK_SECONDS)

    def judge_lamps(self) -> None:
        then = time.monotonic() - BEHIND_SECONDS
        owed = max((head for at, head in self.heads if at <= then), default=0)
        for board in self.boards:
            live = board.lamp == "live"
            self.looks += 1
            self.not_live += not live
            self.lies += live and board.position.offset < owed

    async def verdict(self, patience: float = PATIENCE) -> list[str]:
        """Everything that is wrong once all boards had time to come as far as the book."""
        saved, location = self.crew.saved, self.crew.location
        wrong = await self.house.database.read(lambda s: complaints(s, location, saved))
        judged = await asyncio.gather(*(self.judged(board, patience) for board in self.boards))
        if self.lies:
            wrong.append(f"I8 lamps said Live wrongly {self.lies} times")
        return wrong + [complaint for found in judged for complaint in found]

    async def judged(self, board: Witness, patience: float) -> list[str]:
        truth = await self.house.truth(self.crew.location, board.audience)
        try:
            await board.until(lambda b: b.position.offset >= truth.offset, patience)
        except AssertionError as late:
            return [str(late), *board.faults(), *board.differences(truth)]
        return board.faults() + board.differences(truth)

    def latencies(self, since: float = 0.0, until: float = math.inf) -> list[float]:
        """Seconds from each event's stamp until each board had it, for what was heard then."""
        return [
            shown.heard - stamp(shown.at)
            for board in self.boards
            for shown in board.shown
            if since <= stamp(shown.at) < until
        ]

    @property
    def figures(self) -> str:
        boards = self.boards
        return (
            f"{len(self.crew.saved)} saved, {sum(len(b.shown) for b in boards)} events on"
            f" {len(boards)} boards, {sum(b.connects for b in boards)} connects,"
            f" {sum(b.snapshots for b in boards)} snapshots"
        )


@asynccontextmanager
async def trial(
    house: House,
    orders: int,
    per_second: float,
    *,
    location: int = 0,
    boards: int = 8,
    at: Sequence[Web] = (),
    by: Sequence[Web] = (),
    addresses: Iterable[str] = (),
    name: str = "",
    **more: Any,
) -> AsyncIterator[Trial]:
    """Boards watch `at` these processes, or at these addresses; the crew works `by` those."""
    place = location or house.cast.bar
    key = {"Authorization": f"Bearer {house.cast.shop_token}"}
    doors = cycle(list(addresses) or [web.live for web in at or house.webs])
    crew = Crew(house, place, orders, per_second, webs=by, name=name)
    async with AsyncExitStack() as stack:
        made = []
        for _, audience in zip(range(boards), cycle(AUDIENCES), strict=False):
            board = Witness(next(doors), f"location:{place}", audience, headers=key, **more)
            made.append(board)
        await asyncio.gather(*(stack.enter_async_context(board) for board in made))
        yield Trial(house, crew, made)


async def as_coroutine(befall: Awaitable[Any]) -> None:
    await befall


def stamp(at: str) -> float:
    """Seconds since 1970."""
    return datetime.fromisoformat(at).timestamp()


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which that share of all lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def repeat(times: int, act: Callable[[int], Awaitable[Any]]) -> Awaitable[None]:
    """Do it so often, one after another."""

    async def acts() -> None:
        for number in range(times):
            await act(number)

    return acts()
