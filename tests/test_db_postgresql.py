"""PostgreSQL: what passes is tried again, and what does not is a refusal."""

import time

import pytest
from sqlalchemy import make_url
from sqlmodel import Session

from server.db import Database
from server.errors import Unsaved
from server.migrate import upgrade
from tests.cast import Cast
from tests.servers import PostgreSQL, own_postgresql
from tests.statements import answer, run


@pytest.mark.parametrize("trouble", ["40001", "40P01", "55P03"])
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_what_may_pass_is_tried_again(database: Database, trouble: str) -> None:
    tries = []

    def work(session: Session) -> str:
        tries.append(1)
        if len(tries) < 3:
            raised = f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{trouble}'; END $$"
            session.connection().exec_driver_sql(raised)
        return "done"

    assert database.write_now(work) == "done"
    assert len(tries) == 3


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_what_does_not_pass_is_given_up(database: Database) -> None:
    raised = "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$"

    with pytest.raises(Unsaved):
        run(database, raised)


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_row_that_somebody_holds_is_waited_for_once(database: Database, cast: Cast) -> None:
    channel = f"UPDATE channel SET floor = floor WHERE name = 'location:{cast.bar}'"  # noqa: S608
    with database.writer.connect() as somebody:
        somebody.exec_driver_sql(channel)
        began = time.monotonic()

        with pytest.raises(Unsaved):
            run(database, channel)

    assert 2.9 < time.monotonic() - began < 3.5


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_connection_that_is_cut_is_trouble_once(database: Database) -> None:
    with pytest.raises(Unsaved):
        run(database, "SELECT pg_terminate_backend(pg_backend_pid())")

    assert run(database, "SELECT 1") == 1


def test_a_database_shut_for_writing_is_trouble(postgresql_server: PostgreSQL) -> None:
    url = postgresql_server.create_database()
    name = make_url(url).database or ""
    postgresql_server.run("ALTER DATABASE {} SET default_transaction_read_only = on", name)
    database = Database(url)

    with pytest.raises(Unsaved):
        run(database, "CREATE TABLE note (text text)")

    assert run(database, "SELECT 1") == 1
    database.close()


def test_a_server_that_is_down_is_trouble_until_it_is_up() -> None:
    with own_postgresql() as server:
        database = Database(server.url)
        assert run(database, "SELECT 1") == 1
        instance = database.instance
        server.stop()

        with pytest.raises(Unsaved):
            run(database, "SELECT 1")
        with pytest.raises(Unsaved):
            database.read_now(lambda session: answer(session, "SELECT 1"))

        server.start()
        assert run(database, "SELECT 1") == 1
        assert database.instance == instance
        database.close()


def test_another_database_is_another_instance(postgresql_server: PostgreSQL) -> None:
    instances = set()
    for _ in range(2):
        database = Database(postgresql_server.create_database())
        run(database, "SELECT 1")
        run(database, "CREATE TABLE event (n int)")
        database.writer.dispose()
        run(database, "SELECT 1")
        instances.add(database.instance)
        database.close()

    assert len(instances) == 2


def test_whoever_migrates_a_database_knows_it_as_everybody_else_does(
    postgresql_server: PostgreSQL,
) -> None:
    here = Database(postgresql_server.create_database())
    assert run(here, "SELECT 1") == 1
    upgrade(here)
    there = Database(here.url)

    known = {run(one, "SELECT 1") and one.instance for one in (here, there)}

    assert len(known) == 1
    here.close()
    there.close()
