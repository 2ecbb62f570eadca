"""A storm over a house: Redis and web die, wires are cut, and the orders move on meanwhile."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Final

from tests.browser.serving import Wire, wired
from tests.faults.crew import Crew
from tests.faults.pages import pages_at
from tests.flow.board import Board
from tests.flow.house import House

AUDIENCES: Final = ("staff", "display", "pickup")


@dataclass(frozen=True, slots=True)
class Plan:
    """How bad it gets."""

    orders: int
    per_second: float
    deaths: int  # of Redis, and of web processes
    cut_seconds: float
    boards: int = 2  # of each audience; one more of each is behind the wire that is cut
    longest_pause: float = 1.0
    patience: float = 60.0
    forgetful: bool = False
    pages: bool = False  # one at a web process, one behind the wire


class Storm:
    """One house, its crew, its boards, and what befalls them."""

    def __init__(self, house: House, plan: Plan) -> None:
        self.house = house
        self.plan = plan
        self.location = house.cast.bar
        self.crew = Crew(house, self.location, plan.orders, plan.per_second)
        self.boards: list[Board] = []

    async def rage(self) -> list[str]:
        """Run it; whatever a board saw wrongly, or does not hold as the database does."""
        async with AsyncExitStack() as stack:
            wire, port = await stack.enter_async_context(wire_to(self.house.web.port))
            for board in self.opened(port):
                self.boards.append(await stack.enter_async_context(board))
            urls = [self.house.web.url, f"http://127.0.0.1:{port}"] if self.plan.pages else []
            pages = await stack.enter_async_context(pages_at(urls, self.location))
            async with asyncio.TaskGroup() as tasks:
                for work in (self.crew.work(), self.redis_dies(), self.web_dies(), self.cut(wire)):
                    tasks.create_task(work)
            verdicts = await asyncio.gather(*(self.judged(board) for board in self.boards))
            truth = await self.house.truth(self.location, "staff")
            verdicts.append(await pages.judged(truth, self.plan.patience))
            return [wrong for verdict in verdicts for wrong in verdict]

    def opened(self, cut_port: int) -> list[Board]:
        """Boards of each audience at each process, and some behind the wire."""
        more: dict[str, Any] = {
            "forgetful": self.plan.forgetful,
            "longest_pause": self.plan.longest_pause,
        }
        webs = cycle(self.house.webs)
        direct = [
            self.house.board(self.location, audience, web=next(webs), **more)
            for _ in range(self.plan.boards)
            for audience in AUDIENCES
        ]
        address = f"ws://127.0.0.1:{cut_port}/live"
        return direct + [
            self.house.board(self.location, audience, address=address, **more)
            for audience in AUDIENCES
        ]

    async def redis_dies(self) -> None:
        for death in range(self.plan.deaths):
            await self.crew.reach((death + 0.3) / self.plan.deaths)
            self.house.valkey.kill()
            await self.crew.reach((death + 0.6) / self.plan.deaths)
            self.house.valkey.start()

    async def web_dies(self) -> None:
        webs = cycle(reversed(self.house.webs))
        for death in range(self.plan.deaths):
            await self.crew.reach((death + 0.5) / self.plan.deaths)
            await self.house.restart(next(webs))

    async def cut(self, wire: Wire) -> None:
        await self.crew.reach(0.2)
        wire.cut()
        await asyncio.sleep(self.plan.cut_seconds)
        wire.mend()

    async def judged(self, board: Board) -> list[str]:
        """What is wrong with a board, once it had time to come as far as the book."""
        truth = await self.house.truth(self.location, board.audience)
        try:
            await board.until(lambda b: b.position.offset == truth.offset, self.plan.patience)
        except AssertionError as late:
            return [str(late), *board.faults(), *board.differences(truth)]
        return board.faults() + board.differences(truth)

    def figures(self) -> str:
        """What it was like."""
        connects = sum(board.connects for board in self.boards)
        events = sum(len(board.shown) for board in self.boards)
        snapshots = sum(board.snapshots for board in self.boards)
        return (
            f"{self.crew.done} orders, {self.crew.moves} moves, {len(self.boards)} boards: "
            f"{events} events shown, {connects} connects, {snapshots} snapshots"
        )


@asynccontextmanager
async def wire_to(port: int) -> AsyncIterator[tuple[Wire, int]]:
    """A way to a web process that can be cut, and the port where it begins."""
    with socket.create_server(("127.0.0.1", 0)) as near:
        async with wired(near, port) as wire:
            yield wire, near.getsockname()[1]
