"""The database that tests play on: migrated once, with the cast in it, as new before every test."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, delete, insert, select
from sqlmodel import Session, SQLModel

from server.db import Database
from server.migrate import upgrade
from tests.cast import assemble


class Scene:
    """One database of one kind; whatever a test leaves behind is swept away before the next."""

    def __init__(self, database: Database) -> None:
        self.database = database
        upgrade(database)
        self.cast = database.write_now(assemble)
        self.sweeping = [delete(table) for table in reversed(tables())]
        self.keep()

    def keep(self) -> None:
        """How it is now is what every reset puts back."""
        found = self.database.read_now(everything)
        self.setting = [(insert(table), rows) for table, rows in found]

    def reset(self) -> None:
        """Put every table back to how it was at the opening."""
        self.database.write_now(self.restore)

    def restore(self, session: Session) -> None:
        connection = session.connection()
        for swept in self.sweeping:
            connection.execute(swept)
        for placed, rows in self.setting:
            connection.execute(placed, rows)


def tables() -> Sequence[Table]:
    """Every table, those that others point to first."""
    return SQLModel.metadata.sorted_tables


def everything(session: Session) -> list[tuple[Table, list[dict[str, Any]]]]:
    """Every row of every table that has any."""
    found = [(t, [dict(row) for row in session.execute(select(t)).mappings()]) for t in tables()]
    return [(table, rows) for table, rows in found if rows]
