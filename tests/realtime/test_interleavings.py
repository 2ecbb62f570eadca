"""Whatever the bell does and however boards come and go, each ends equal to the book."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from server.events import Publication
from server.realtime.broker import MemoryBroker
from server.realtime.connection import Connection
from tests.realtime.board import Board
from tests.realtime.guests import Pass
from tests.realtime.house import BLIND, House
from tests.realtime.patience import eventually
from tests.realtime.shelf import BAR, Shelf

NARROW = replace(
    BLIND, ring_events=12, page_events=6, behind_events=10**6, write_bytes=600, part_bytes=400,
    message_burst=10**6,
)  # fmt: skip
AUDIENCES = ("staff", "display", "pickup")


class Evening:
    """One hub under a bell that lies, and boards that come and go."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.late: list[Publication] = []
        self.boards: list[tuple[Connection, Board, str]] = []
        self.epochs = 1

    async def act(self, action: tuple[str, int]) -> None:
        name, number = action
        await getattr(self, name)(number)

    async def commit(self, number: int) -> None:
        """Rung, or forgotten, or rung later, or twice."""
        event = self.house.shelf.write(order=number % 5, staff_only=number % 4 == 3)
        if number % 3 != 1:
            self.house.hub.receive(event)
        if number % 3 == 2:
            self.late += [event, event]

    async def ring(self, number: int) -> None:
        """A late bell."""
        if self.late:
            self.house.hub.receive(self.late.pop(number % len(self.late)))

    async def burst(self, number: int) -> None:
        for _ in range(number % 9):
            await self.commit(0)

    async def look(self, _: int) -> None:
        self.house.hub.doubt()

    async def run(self, number: int) -> None:
        """Let the others run for a while."""
        for _ in range(number % 8):
            await asyncio.sleep(0)

    async def wait(self, number: int) -> None:
        """Until a board has its place."""
        await self.boards[number][1].until(lambda board: board.only("snapshot"))

    async def hang(self, _: int) -> None:
        self.house.shelf.open.clear()

    async def answer(self, _: int) -> None:
        self.house.shelf.open.set()

    async def come(self, number: int) -> None:
        self.join(Board(), {"subscribe": BAR}, AUDIENCES[number % 3])

    async def come_back(self, number: int) -> None:
        """Break off, and return with the position, perhaps a wrong one."""
        if self.boards:
            connection, board, audience = self.boards.pop(number % len(self.boards))
            connection.gone()
            again, asked = board.back()
            if number % 5 == 4 and "since" in asked:
                asked["since"] += 3
            self.join(again, asked, audience)

    async def ask_again(self, number: int) -> None:
        """Subscribe anew over the same socket, without a position."""
        if self.boards:
            connection, board, audience = self.boards[number % len(self.boards)]
            board.incoming, board.parts = {}, 0
            self.house.say(connection, {"subscribe": BAR, "audience": audience})

    async def stall(self, number: int) -> None:
        if self.boards:
            board = self.boards[number % len(self.boards)][1]
            if board.code is None:
                board.stall()

    async def recover(self, number: int) -> None:
        if self.boards:
            board = self.boards[number % len(self.boards)][1]
            if board.code is None:
                board.recover()

    async def restore(self, number: int) -> None:
        """An older state of the database comes back, under a new epoch."""
        self.epochs += 1
        upto = max(0, self.house.shelf.streams[BAR].head - number % 7)
        self.house.shelf.restore(upto, epoch=f"e{self.epochs}")

    def join(self, board: Board, asked: dict[str, Any], audience: str) -> None:
        connection = self.house.hub.connect(Pass(f"cook {len(self.boards)}"), board)
        assert isinstance(connection, Connection)
        self.house.say(connection, {**asked, "audience": audience})
        self.boards.append((connection, board, audience))

    async def settle(self, *, looking: bool = True) -> None:
        """The night ends well: the database answers, sockets read, and we look once more."""
        self.house.shelf.open.set()
        for _, board, _ in self.boards:
            if board.code is None:
                board.recover()
        if looking:
            await self.house.hub.lookout.fresh()
        await eventually(lambda: all(self.current(board) for _, board, _ in self.boards))

    def current(self, board: Board) -> bool:
        stream = self.house.shelf.streams[BAR]
        return board.code == 4001 or (board.epoch, board.position) == (stream.epoch, stream.head)

    def check(self) -> None:
        truth = {}
        for event in self.house.shelf.streams[BAR].events:
            thing = orjson.loads(event.thing)
            truth[thing["id"]] = thing
        for _, board, audience in self.boards:
            if board.code is None and audience == "staff":
                assert board.cards == truth
            if board.code is None and audience == "display":
                assert board.cards == {key: without(card) for key, card in truth.items()}


def without(card: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in card.items() if key != "email"}


async def spend(actions: list[tuple[str, int]], *, looking: bool = True) -> None:
    house = House(Shelf(), MemoryBroker(), NARROW)
    async with house.hub.running():
        evening = Evening(house)
        for action in actions:
            await evening.act(action)
        await evening.settle(looking=looking)
        evening.check()


NAMES = (
    "commit commit commit ring burst look run run hang answer come come come_back come_back "
    "ask_again stall recover restore"
).split()
ACTIONS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 999)), max_size=40)


@given(ACTIONS)
@example([("come", 0), ("commit", 1), ("commit", 0), ("run", 7), ("commit", 0)])
@example([("commit", 0)] * 9 + [("come", 0), ("run", 7), ("burst", 8), ("come_back", 0)])
@example([("come", 0), ("run", 7), ("stall", 0), ("burst", 8), ("burst", 8), ("recover", 0)])
@example([("come", 0), ("run", 7), ("commit", 0), ("restore", 1), ("commit", 0), ("come_back", 0)])
@example([("come", 0), ("run", 7), ("hang", 0), ("commit", 1), ("commit", 0), ("come_back", 4)])
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_board_ends_equal_to_the_book(actions: list[tuple[str, int]]) -> None:
    asyncio.run(spend(actions))


def test_control_without_the_look_a_forgotten_bell_is_never_made_good() -> None:
    with pytest.raises(TimeoutError):
        asyncio.run(forgotten_bell())


async def forgotten_bell() -> None:
    async with asyncio.timeout(0.5):
        await spend([("come", 0), ("wait", 0), ("commit", 1)], looking=False)
