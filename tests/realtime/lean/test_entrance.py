"""Who comes in the lean way: from memory at once, a storm by one question, and with bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, Literal

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.exceptions import InvalidStatus

from server import app
from server.console import CannotStart
from server.realtime.lean import upgrade
from server.realtime.lean.arrival import Arrival
from server.realtime.lean.entrance import ENTRANCE, Entrance
from server.routes import live
from server.settings import Settings
from tests.realtime.guests import Pass
from tests.realtime.house import House
from tests.realtime.lean.heads import head
from tests.realtime.patience import eventually
from tests.realtime.serving import Served, bar_house, closed, served
from tests.realtime.test_direct import Transport

STORM = 60


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
def house() -> House:
    """A house that remembers nobody, with a guest list for a storm."""
    made = bar_house()
    made.door.forgetful = True
    made.door.passes |= {f"guest{n}": Pass(f"guest{n}") for n in range(STORM)}
    return made


@pytest.fixture
async def bar(house: House) -> AsyncIterator[Served]:
    async with served(house, "lean") as server:
        yield server


async def test_a_storm_of_strangers_costs_few_questions(bar: Served) -> None:
    entrance: Entrance = bar.server.lifespan.state["entrance"]
    bar.house.door.answers.clear()
    async with AsyncExitStack() as stack:
        coming = [stack.enter_async_context(bar.client(f"guest{n}")) for n in range(STORM)]
        arriving = asyncio.gather(*coming)
        await eventually(lambda: sum(bar.house.door.asked) + len(entrance.waiting) == STORM)
        bar.house.door.answers.set()
        await arriving

        assert len(bar.house.door.asked) <= 2  # about the first, and about all who came meanwhile
        assert bar.house.hub.persons.keys() == {f"guest{n}" for n in range(STORM)}


async def test_a_storm_of_boards_costs_one_question_of_each_kind(bar: Served) -> None:
    bar.house.hub.limits = replace(bar.house.hub.limits, sockets_per_person=STORM)
    for _ in range(3):
        bar.house.shelf.write()
    async with AsyncExitStack() as stack:
        boards = (bar.board(since=1, epoch="e1") for _ in range(STORM))
        coming = [stack.enter_async_context(board) for board in boards]
        await asyncio.gather(*coming)

        assert bar.house.shelf.asked["since"] == 1
        assert bar.house.shelf.asked["snapshot"] == 0


async def test_whoever_nobody_knows_is_told_so(bar: Served) -> None:
    async with bar.client("stranger") as client:
        assert await closed(client) == 4500


async def test_nobody_comes_in_while_nobody_can_be_asked(bar: Served) -> None:
    bar.house.door.failing = True

    with pytest.raises(InvalidStatus, match="500"):
        async with bar.client():
            pass

    bar.house.door.failing = False
    async with bar.board():
        assert len(bar.house.hub.connections) == 1


async def test_whoever_left_while_we_asked_is_not_let_in(house: House) -> None:
    config = uvicorn.Config(live.routes[0], http=Arrival, log_config=None)
    transport = Transport()
    async with house.hub.running():
        entrance = Entrance(house.hub, house.door)
        http = Arrival(config, ServerState(), {ENTRANCE: entrance})
        http.connection_made(transport)
        http.data_received(head())
        assert transport.paused  # until we know who it is
        transport.closing = True

        await eventually(lambda: house.door.asked and not entrance.working)

    assert not transport.written
    assert not house.hub.connections


async def test_a_house_that_stops_leaves_the_answer_to_the_stock_way(bar: Served) -> None:
    bar.house.hub.stopping = True

    async with bar.client() as client:
        assert await closed(client) == 4002


async def test_too_many_sockets_of_one_person_are_turned_away() -> None:
    house = bar_house(sockets_per_person=1)
    async with served(house, "lean") as bar, bar.board(), bar.client() as second:
        assert await closed(second) == 1013


def test_without_uvicorns_method_we_refuse_to_start() -> None:
    class Another:
        pass

    upgrade.check()
    with pytest.raises(CannotStart, match=r"no Another\.handle_websocket_upgrade.*LIVE_PATH=stock"):
        upgrade.check(Another)


@pytest.mark.parametrize(("way", "expected"), [("lean", Arrival), ("stock", "httptools")])
def test_the_stock_way_is_a_setting(way: Literal["lean", "stock"], expected: object) -> None:
    assert app.config(Settings(live_path=way)).http is expected
