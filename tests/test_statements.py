"""Statements of the hot path: the same values as through the ORM, and everything in its order."""

from typing import Final

import pytest
from sqlalchemy import bindparam, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from server.clock import now
from server.db import Database
from server.errors import Conflict
from server.models import Order as OrderRow
from server.models import Organization, StoredAnswer, table
from server.orders.stages import Flow
from server.statements import Statement, conclude, line
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import placed

ORDERS: Final = table(OrderRow)
ORGANIZATIONS: Final = table(Organization)
FIND: Final = Statement(ORDERS.select().where(ORDERS.c.id == bindparam("ref")))
RENAME: Final = Statement(
    update(ORGANIZATIONS)
    .where(ORGANIZATIONS.c.id == bindparam("ref"))
    .values(name=bindparam("called"))
)
KEEP: Final = Statement(insert(table(StoredAnswer)))


@pytest.mark.parametrize("flow", list(Flow))
def test_a_row_reads_as_through_the_orm(
    do: Do, look: Look, database: Database, cast: Cast, flow: Flow
) -> None:
    order = placed(do, cast, cast.places[flow])

    found = database.write_now(lambda s: FIND.send(s, {"ref": order["id"]}).first())

    row = look(lambda session: session.get_one(OrderRow, order["id"]))
    columns = [column.name for column in ORDERS.columns]
    assert found == {name: getattr(row, name) for name in columns}


def test_what_waits_is_run_before_the_next_query(database: Database, cast: Cast) -> None:
    name = select(Organization.name).where(Organization.id == cast.harbour)

    def work(session: Session) -> list[str]:
        names = [session.exec(name).one()]
        RENAME.send(session, {"ref": cast.harbour, "called": "Port"})
        RENAME.send(session, {"ref": cast.harbour, "called": "Haven"})
        return [*names, session.exec(name).one()]

    assert database.write_now(work) == ["Harbour", "Haven"]


def test_what_waits_is_committed(database: Database, look: Look, cast: Cast) -> None:
    database.write_now(lambda s: RENAME.send(s, {"ref": cast.harbour, "called": "Port"}))

    assert look(lambda session: session.get_one(Organization, cast.harbour).name) == "Port"


def test_what_is_refused_is_never_sent(database: Database, look: Look, cast: Cast) -> None:
    def refused(session: Session) -> None:
        RENAME.send(session, {"ref": cast.harbour, "called": "Port"})
        raise Conflict("No.")

    with pytest.raises(Conflict):
        database.write_now(refused)
    database.write_now(lambda session: session.connection().exec_driver_sql("SELECT 1").scalar())

    assert look(lambda session: session.get_one(Organization, cast.harbour).name) == "Harbour"


@pytest.mark.parametrize("concluded", [True, False])
def test_an_error_of_the_driver_is_one_of_ours_and_all_is_undone(
    database: Database, look: Look, cast: Cast, concluded: bool
) -> None:
    row = {"caller": "x", "key": "y", "fingerprint": "", "status": 200, "body": b"",
           "etag": None, "content_type": "", "at": now()}  # fmt: skip

    def twice(session: Session) -> None:
        RENAME.send(session, {"ref": cast.harbour, "called": "Port"})
        KEEP.send(session, row)
        KEEP.send(session, row)
        if concluded:
            conclude(session)

    with pytest.raises(IntegrityError):
        database.write_now(twice)

    assert look(lambda session: session.get_one(Organization, cast.harbour).name) == "Harbour"
    assert look(lambda session: session.exec(select(StoredAnswer)).all()) == []


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_what_the_database_was_told_to_forget_is_prepared_anew(
    database: Database, look: Look, cast: Cast
) -> None:
    tries = []

    def work(session: Session) -> None:
        tries.append(1)
        RENAME.send(session, {"ref": cast.harbour, "called": "Port"})
        line(session).run()
        if len(tries) == 1:
            session.connection().exec_driver_sql("DEALLOCATE ALL")
        RENAME.send(session, {"ref": cast.harbour, "called": "Haven"})

    database.write_now(work)

    assert look(lambda session: session.get_one(Organization, cast.harbour).name) == "Haven"
    assert len(tries) == 2


def test_a_statement_that_finds_nothing_says_so(database: Database) -> None:
    assert database.write_now(lambda s: FIND.send(s, {"ref": "ord_nowhere"}).first()) is None
