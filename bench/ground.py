"""What every measurement stands on: a directory, a Valkey, the compiled generator, a database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlmodel import Session

from bench.awake import awake
from bench.machine import built, cores, on_core
from server.db import Database
from server.embedded import Valkey
from server.migrate import upgrade
from server.orders.stages import Flow
from server.people import keys
from server.seed import location, organization
from tests.servers import OwnPostgreSQL, binaries, own_postgresql

LOCATIONS: Final = 100
FILE: Final = "heard.db"


@dataclass(frozen=True, slots=True)
class Stock:
    """A database with orders in it: the file or URL to copy it from, its key, their ids."""

    source: str
    key: str
    ids: list[str]


@dataclass(slots=True)
class Ground:
    """Where a run keeps its files, and what its servers share."""

    directory: Path
    valkey: Valkey
    stack: ExitStack
    keys: dict[str, str] = field(default_factory=dict)
    postgresql: OwnPostgreSQL | None = None
    furnished: str = ""
    stocks: dict[str, Stock] = field(default_factory=dict)
    made: int = 0

    @property
    def generator(self) -> Path | None:
        """The load generator in C; without a compiler there is one in Python."""
        return built("generator.c", self.directory)

    @property
    def hands(self) -> Path | None:
        """The HTTP clients in C."""
        return built("hands.c", self.directory)

    def fresh(self, name: str) -> Path:
        """An empty directory."""
        self.made += 1
        path = self.directory / f"{self.made}-{name}"
        path.mkdir()
        return path

    def lay(self, var: Path) -> str:
        """A file with one organization, its locations and a key; answers the key."""
        file = self.directory / "template" / FILE
        if "sqlite" not in self.keys:
            self.keys["sqlite"] = furnished(f"sqlite:///{file}")
        shutil.copyfile(file, var / FILE)
        return self.keys["sqlite"]

    def create(self) -> tuple[str, str]:
        """The same in a PostgreSQL of ours, on the core of the load: its URL and the key."""
        if self.postgresql is None:
            self.postgresql = self.stack.enter_context(own_postgresql(durable=True))
            self.furnished = self.postgresql.create_database()
            self.keys["postgresql"] = furnished(self.furnished)
        return self.copy(self.furnished), self.keys["postgresql"]

    def copy(self, url: str) -> str:
        """A copy of a PostgreSQL database to which nobody is connected."""
        assert self.postgresql
        return self.postgresql.create_database(url.partition("?")[0].rpartition("/")[2])


def furnished(url: str) -> str:
    """Make the tables and the places; the key that may do everything there."""
    with closing(Database(url)) as database:
        upgrade(database)
        return database.write_now(furnish)


def furnish(session: Session) -> str:
    owner = organization(session, "Bench", currency="EUR", locale="en_IE", timezone="Europe/Dublin")
    for number in range(LOCATIONS):
        location(session, owner, f"Bar {number + 1}", "bar", Flow.ONSITE)
    return keys.create(session, owner, name="bench")


@contextmanager
def ground() -> Iterator[Ground]:
    """All of it, gone when this is left; Valkey sits on the core of the load, no core sleeps."""
    with (
        TemporaryDirectory(prefix="heard-bench-") as directory,
        on_core(cores()[1]),
        Valkey(Path(directory) / "valkey", persistent=False) as valkey,
        awake(),
        ExitStack() as stack,
    ):
        yield Ground(Path(directory), valkey, stack)


def has_postgresql() -> bool:
    """Whether a PostgreSQL can be started here."""
    try:
        return (binaries() / "initdb").exists()
    except ValueError:
        return False
