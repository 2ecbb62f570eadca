"""libpq's pipeline answers and fails as a cursor does, whatever was prepared before."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Json

from server.pipeline import Pipeline
from tests.servers import PostgreSQL

LARGE = 8 * 1024 * 1024  # characters; no socket takes them at once

Driver = psycopg.Connection[Any]


@pytest.fixture
def driver(postgresql_server: PostgreSQL) -> Iterator[Driver]:
    url = postgresql_server.create_database()
    with psycopg.connect(url, prepare_threshold=2) as connection:
        connection.execute("CREATE TABLE note (id integer PRIMARY KEY, said text)")
        connection.commit()
        yield connection
        if not connection.closed:
            connection.rollback()


@pytest.fixture
def pipeline(driver: Driver) -> Pipeline:
    return Pipeline(driver)


def notes(driver: Driver) -> list[Any]:
    return driver.execute("SELECT id, said FROM note ORDER BY id").fetchall()


def test_values_come_back_as_through_a_cursor(pipeline: Pipeline, driver: Driver) -> None:
    values = [1, -(2**40), "é“", None, True, b"\x00\xff", datetime.now(UTC), Json({"a": [1]}), 0.5]
    marks = "%s::int, %s::bigint, %s::text, %s::text, %s, %s::bytea, %s::timestamptz, %s::json, %s"
    numbered = marks
    for number in range(1, len(values) + 1):
        numbered = numbered.replace("%s", f"${number}", 1)

    answers = pipeline.run([(f"SELECT {numbered}", values)] * 2)

    row = driver.execute(f"SELECT {marks}", values).fetchone()
    assert answers == [[row], [row]]


def test_a_round_trip_opens_a_transaction_or_goes_on_in_it(
    pipeline: Pipeline, driver: Driver
) -> None:
    pipeline.run([("INSERT INTO note VALUES ($1, $2)", [1, "one"])])
    driver.execute("INSERT INTO note VALUES (2, 'two')")
    pipeline.run([("INSERT INTO note VALUES ($1, $2)", [3, "three"])], commit=True)
    driver.rollback()

    assert notes(driver) == [(1, "one"), (2, "two"), (3, "three")]


def test_a_transaction_is_of_the_kind_that_the_connection_is_set_to(
    pipeline: Pipeline, driver: Driver
) -> None:
    kind = [("SHOW transaction_isolation", ()), ("SHOW transaction_read_only", ())]
    assert pipeline.run(kind, commit=True) == [[("read committed",)], [("off",)]]

    driver.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    driver.read_only = True

    assert pipeline.run(kind, commit=True) == [[("repeatable read",)], [("on",)]]


def test_a_statement_is_prepared_once(pipeline: Pipeline, driver: Driver) -> None:
    for number in range(1, 5):
        pipeline.run([("INSERT INTO note VALUES ($1, $2)", [number, "x"])], commit=True)

    prepared = driver.execute("SELECT statement FROM pg_prepared_statements ORDER BY 1").fetchall()
    assert prepared == [("BEGIN",), ("COMMIT",), ("INSERT INTO note VALUES ($1, $2)",)]


def test_a_connection_keeps_a_hundred_statements(pipeline: Pipeline, driver: Driver) -> None:
    for number in range(300):
        assert pipeline.run([(f"SELECT $1::int + {number}", [1])], commit=True) == [[(number + 1,)]]

    kept = driver.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
    assert kept == (100,)
    driver.rollback()
    assert pipeline.run([("SELECT $1::int + 0", [1])]) == [[(1,)]]


def test_the_first_that_fails_is_told_and_what_comes_after_it_is_not_run(
    pipeline: Pipeline, driver: Driver
) -> None:
    insert = "INSERT INTO note VALUES ($1, $2)"

    with pytest.raises(psycopg.errors.UniqueViolation, match="note_pkey"):
        pipeline.run([(insert, [1, "x"]), (insert, [1, "y"]), ("SELECT 1 / 0", ())], commit=True)

    driver.rollback()
    assert notes(driver) == []
    assert pipeline.run([(insert, [1, "z"])], commit=True) == [[]]


def test_what_could_not_be_prepared_is_prepared_when_it_can(
    pipeline: Pipeline, driver: Driver
) -> None:
    insert = ("INSERT INTO later VALUES ($1)", [1])
    with pytest.raises(psycopg.errors.UndefinedTable):
        pipeline.run([("SELECT $1::text", ["x"]), insert, ("SELECT $1::int", [1])])
    driver.rollback()

    driver.execute("CREATE TABLE later (id integer)")

    assert pipeline.run([insert, ("SELECT $1::int", [1])], commit=True) == [[], [(1,)]]


def test_what_the_driver_forgot_after_a_rollback_is_prepared_anew(
    pipeline: Pipeline, driver: Driver
) -> None:
    insert = "INSERT INTO note VALUES ($1, $2)"
    pipeline.run([(insert, [1, "one"])], commit=True)
    for _ in range(4):
        driver.execute("SELECT %s::int", [1])  # so often that the driver prepares it
    pipeline.doubt()
    driver.rollback()
    assert driver.execute("SELECT * FROM pg_prepared_statements").fetchall() == []

    pipeline.run([(insert, [2, "two"])], commit=True)

    assert notes(driver) == [(1, "one"), (2, "two")]


def test_what_is_still_prepared_after_a_rollback_is_not_prepared_again(
    pipeline: Pipeline, driver: Driver
) -> None:
    pipeline.run([("SELECT $1::int", [1])])
    names = dict(pipeline.prepared)
    pipeline.doubt()
    driver.rollback()

    assert pipeline.run([("SELECT $1::int", [2])]) == [[(2,)]]
    assert pipeline.prepared == names


def test_a_value_that_cannot_be_written_leaves_the_connection_as_it_was(
    pipeline: Pipeline, driver: Driver
) -> None:
    with pytest.raises(psycopg.DataError):
        pipeline.run([("SELECT 1", ()), ("SELECT $1::text", ["a\x00b"])])

    assert pipeline.run([("SELECT $1::text", ["ab"])]) == [[("ab",)]]


def test_more_than_a_socket_takes_at_once_goes_both_ways(pipeline: Pipeline) -> None:
    values = ["x" * LARGE, "y" * LARGE]

    answers = pipeline.run([("SELECT $1::text", [value]) for value in values])

    assert answers == [[(value,)] for value in values]


def test_a_connection_that_is_cut_is_an_error_and_known_to_be_broken(
    pipeline: Pipeline, driver: Driver
) -> None:
    with pytest.raises(psycopg.OperationalError):
        pipeline.run([("SELECT pg_terminate_backend(pg_backend_pid())", ()), ("SELECT 1", ())])

    assert driver.broken


def test_a_network_that_is_cut_is_an_error(pipeline: Pipeline, driver: Driver) -> None:
    pipeline.run([("SELECT 1", ())])
    with socket.socket(fileno=driver.fileno()) as line:
        line.shutdown(socket.SHUT_RDWR)
        line.detach()

    with pytest.raises(psycopg.OperationalError):
        pipeline.run([("SELECT 1", ())])

    assert driver.closed


def test_a_connection_whose_answers_were_not_all_heard_is_closed(
    pipeline: Pipeline, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overwhelmed(_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Pipeline, "results", overwhelmed)

    with pytest.raises(MemoryError):
        pipeline.run([("SELECT 1", ())])

    assert driver.closed
