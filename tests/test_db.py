"""The database: work is committed or undone, and readers only read."""

import asyncio
import threading
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlmodel import Session, select

from server.db import Database
from server.errors import Unsaved
from server.models import Organization
from tests.cast import Cast
from tests.statements import run


def rename(session: Session, name: str) -> str:
    row = session.exec(select(Organization).order_by("id")).first()
    assert row
    row.name = name
    session.add(row)
    return name


def test_work_is_committed_if_it_returns_and_undone_if_it_raises(
    database: Database, cast: Cast
) -> None:
    def broken(session: Session) -> None:
        rename(session, "Lost")
        session.flush()
        raise ZeroDivisionError

    assert asyncio.run(database.write(lambda session: rename(session, "Kept"))) == "Kept"
    with pytest.raises(ZeroDivisionError):
        database.write_now(broken)

    name = select(Organization.name).where(Organization.id == cast.harbour)
    assert asyncio.run(database.read(lambda session: session.exec(name).one())) == "Kept"


def test_a_reader_cannot_write(database: Database, cast: Cast) -> None:
    def meddle(session: Session) -> None:
        rename(session, "Meddled")
        session.flush()

    with pytest.raises((Unsaved, DBAPIError)):
        database.read_now(meddle)

    assert database.read_now(lambda session: session.get_one(Organization, cast.harbour).name) == (
        "Harbour"
    )


def test_a_reader_sees_one_moment(database: Database) -> None:
    names = select(Organization.name).order_by("id")

    def look_twice(session: Session) -> list[Any]:
        first = session.exec(names).first()
        written = threading.Thread(target=database.write_now, args=(lambda s: rename(s, "New"),))
        written.start()
        written.join(10)
        return [first, session.exec(names).first()]

    assert database.read_now(look_twice) == ["Harbour", "Harbour"]
    assert database.read_now(lambda session: session.exec(names).first()) == "New"


@pytest.mark.parametrize("statement", ["SELECT * FROM nowhere", "SELEKT 1"])
def test_our_own_mistakes_are_not_taken_for_trouble(database: Database, statement: str) -> None:
    with pytest.raises((OperationalError, ProgrammingError)):
        run(database, statement)


def test_a_row_that_cannot_be_is_a_mistake_too(database: Database) -> None:
    with pytest.raises(IntegrityError):
        run(
            database,
            "INSERT INTO position (reader, channel, \"offset\") VALUES ('x', 'nowhere', 0)",
        )
