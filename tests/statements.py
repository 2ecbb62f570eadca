"""Bare statements, for tests of the database itself."""

from typing import Any

from sqlmodel import Session

from server.db import Database


def run(database: Database, statement: str) -> Any:
    """What a statement answers, in a transaction of its own that may write."""
    return database.write_now(lambda session: answer(session, statement))


def answer(session: Session, statement: str) -> Any:
    result = session.connection().exec_driver_sql(statement)
    return result.scalar() if result.returns_rows else None
