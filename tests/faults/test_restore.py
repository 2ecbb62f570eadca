"""A backup is put back and the book grows past what boards had seen: they all start over."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest

from server.db import Database
from tests.faults.crew import Crew
from tests.faults.trial import Trial, trial
from tests.faults.unprotected import MODULE
from tests.faults.way import Way, way_to
from tests.flow.fixtures import Grounds, Tell
from tests.flow.foundation import FILE
from tests.flow.house import House
from tests.flow.programs import run
from tests.servers import PostgreSQL

BARE: Final = (MODULE, "epochs")
NOWHERE: Final = 9  # a port where nobody listens
BEFORE, LOST, ANEW = 8, 6, 16  # orders


class Backup:
    """A copy of the database, taken and put back while nothing is open."""

    def __init__(self, house: House, server: PostgreSQL | None) -> None:
        self.house = house
        self.server = server
        self.file = house.var / FILE
        self.name = urlsplit(house.settings.get("DATABASE_URL", "")).path[1:]
        self.copy = ""

    def take(self) -> None:
        self.house.database.disconnect()
        if self.server:
            made = self.server.create_database(self.name)
            self.copy = urlsplit(made).path[1:]
        else:
            shutil.copyfile(self.file, self.file.with_suffix(".backup"))

    def put_back(self) -> None:
        self.house.database.disconnect()
        if self.server:
            self.server.run("DROP DATABASE {} WITH (FORCE)", self.name)
            self.server.run("CREATE DATABASE {} TEMPLATE {}", self.name, self.copy)
        else:
            shutil.copyfile(self.file.with_suffix(".backup"), self.file)


@asynccontextmanager
async def restored(
    house: House, server: PostgreSQL | None, *, said: bool = False
) -> AsyncIterator[Trial]:
    """Boards that come back to another past, which has grown beyond theirs."""
    backup = Backup(house, server)
    with way_to(house.web.port) as way:
        async with trial(house, BEFORE, 50, addresses=[f"ws://127.0.0.1:{way.port}/live"]) as found:
            await found.during()
            away(house, way)
            backup.take()
            back(house, way)
            await Crew(house, house.cast.bar, LOST, 50, name="lost-").work()
            seen = (await house.truth(house.cast.bar, "staff")).offset
            for board in found.boards:
                await board.until(lambda b: b.position.offset == seen)
            away(house, way)
            backup.put_back()
            if said:
                run("server", "restore", settings=house.settings)
            house.web.start()
            house.web.wait_until_ready()
            await Crew(house, house.cast.bar, ANEW, 50, name="anew-").work()
            assert (await house.truth(house.cast.bar, "staff")).offset > seen
            back(house, way, start=False)
            yield found


def away(house: House, way: Way) -> None:
    """The process stops in good order, and boards reach nobody."""
    way.upstream = NOWHERE
    way.reset()
    assert house.web.stop() == 0


def back(house: House, way: Way, *, start: bool = True) -> None:
    if start:
        house.web.start()
        house.web.wait_until_ready()
    way.upstream = house.web.port


async def wrongs(found: Trial, patience: float = 20.0) -> list[str]:
    """What is wrong on any board."""
    return [w for board in found.boards for w in await found.judged(board, patience)]


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
async def test_after_a_restored_backup_every_board_starts_over(
    grounds: Grounds, backend: str, request: pytest.FixtureRequest, tell: Tell
) -> None:
    with grounds.house(backend) as house:
        async with restored(house, server_of(backend, request)) as found:
            assert await wrongs(found) == []

    anew = sum(board.snapshots >= 2 for board in found.boards)
    tell(f"{backend}: backup put back, {anew} of {len(found.boards)} boards started over")
    assert anew == len(found.boards)


@pytest.mark.long
@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
async def test_control_without_epochs_boards_show_a_past_that_never_was(
    grounds: Grounds, backend: str, request: pytest.FixtureRequest, tell: Tell
) -> None:
    with bare(grounds, backend) as house:
        async with restored(house, server_of(backend, request)) as found:
            wrong = await wrongs(found, patience=5)

    tell(f"control, {backend} without epochs: {len(wrong)} complaints")
    assert sum("cards are not as they are" in complaint for complaint in wrong) == len(found.boards)


@pytest.mark.long
@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
async def test_whoever_says_that_a_backup_was_put_back_needs_nothing_else(
    grounds: Grounds, backend: str, request: pytest.FixtureRequest
) -> None:
    with bare(grounds, backend) as house:
        async with restored(house, server_of(backend, request), said=True) as found:
            assert await wrongs(found) == []


@contextmanager
def bare(grounds: Grounds, backend: str) -> Iterator[House]:
    """A house in which one database is like another, to us as well."""
    with (
        patch.object(Database, "_recognise", lambda *_: None),
        grounds.house(backend, words=BARE) as house,
    ):
        yield house


def server_of(backend: str, request: pytest.FixtureRequest) -> PostgreSQL | None:
    """The server of the database, where there is one."""
    if backend == "sqlite":
        return None
    server: PostgreSQL = request.getfixturevalue("postgresql_server")
    return server
