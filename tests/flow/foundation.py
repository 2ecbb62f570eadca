"""Databases with nothing but the cast in them: made once, and copied for every house."""

import shutil
from pathlib import Path
from typing import Protocol

from server.db import Database
from server.migrate import upgrade
from tests.cast import Cast, assemble
from tests.servers import PostgreSQL

FILE = "heard.db"


class Foundation(Protocol):
    """What a house stands on."""

    @property
    def cast(self) -> Cast: ...

    def lay(self, var: Path) -> dict[str, str]:
        """A copy for the house in this directory; the settings that lead to it."""


class OnSQLite:
    """The file of one machine."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / FILE
        self.cast = prepared(f"sqlite:///{self.file}")

    def lay(self, var: Path) -> dict[str, str]:
        var.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.file, var / FILE)
        return {}


class OnPostgreSQL:
    """A database of a server."""

    def __init__(self, server: PostgreSQL) -> None:
        self.server = server
        self.url = server.create_database()
        self.cast = prepared(self.url)

    def lay(self, var: Path) -> dict[str, str]:
        template = self.url.partition("?")[0].rpartition("/")[2]
        return {"DATABASE_URL": self.server.create_database(template)}


def prepared(url: str) -> Cast:
    """Make the tables and bring everybody in."""
    database = Database(url)
    try:
        upgrade(database)
        return database.write_now(assemble)
    finally:
        database.close()
