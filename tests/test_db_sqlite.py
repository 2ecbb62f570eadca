"""SQLite: one writer, also beside other processes, and what becomes of its troubles."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy import event

from server.db import Database
from server.errors import Unsaved
from tests.statements import answer, run


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Database]:
    """A SQLite database of the test's own, which it may break."""
    database = Database(f"sqlite:///{tmp_path / 'deep' / 'own.db'}")
    run(database, "CREATE TABLE note (text)")
    yield database
    database.close()


def test_sqlite_is_set_up_to_lose_nothing(own: Database) -> None:
    assert run(own, "PRAGMA journal_mode") == "wal"
    assert run(own, "PRAGMA synchronous") == 2
    assert run(own, "PRAGMA foreign_keys") == 1
    assert own.read_now(lambda session: answer(session, "PRAGMA query_only")) == 1
    assert own.read_now(lambda session: answer(session, "PRAGMA wal_autocheckpoint")) == 0


def test_a_full_disk_is_said_to_be_and_passes(own: Database) -> None:
    run(own, f"PRAGMA max_page_count = {run(own, 'PRAGMA page_count') + 2}")

    with pytest.raises(Unsaved, match="Nothing was changed"):
        run(own, "INSERT INTO note VALUES (randomblob(100000))")

    run(own, "PRAGMA max_page_count = 100000")
    run(own, "INSERT INTO note VALUES (randomblob(100000))")
    assert run(own, "SELECT count(*) FROM note") == 1


def test_a_database_that_cannot_be_opened_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "heard.db").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'heard.db'}")

    with pytest.raises(Unsaved):
        run(database, "SELECT 1")
    with pytest.raises(Unsaved):
        database.read_now(lambda session: answer(session, "SELECT 1"))
    database.close()


def test_a_lock_that_passes_is_waited_out(own: Database) -> None:
    """Somebody with another tool does not know our lock file."""
    refused: list[object] = []
    run(own, "PRAGMA busy_timeout = 1")
    event.listen(own.writer, "handle_error", refused.append)
    with sqlite3.connect(own.writer.url.database or "") as other:
        other.execute("BEGIN IMMEDIATE")
        writing = own.writing.submit(own._write, lambda s: answer(s, "INSERT INTO note VALUES (1)"))
        while len(refused) < 2:
            assert not writing.done()
        other.rollback()
        writing.result(5)
    other.close()

    assert run(own, "SELECT count(*) FROM note") == 1


def test_a_lock_that_does_not_pass_is_trouble(own: Database) -> None:
    run(own, "PRAGMA busy_timeout = 1")
    with sqlite3.connect(own.writer.url.database or "") as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unsaved):
            run(own, "INSERT INTO note VALUES (1)")
    other.close()


def test_another_process_writes_beside_us_and_nobody_is_turned_away(own: Database) -> None:
    program = dedent("""
        import sys
        from server.db import Database
        database = Database(sys.argv[1])
        print("here", flush=True)
        sys.stdin.readline()
        insert = "INSERT INTO note VALUES (2)"
        for _ in range(150):
            database.write_now(lambda session: session.connection().exec_driver_sql(insert))
        database.close()
    """)
    own.writer.dispose()

    with subprocess.Popen(
        [sys.executable, "-c", program, own.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as beside:
        assert beside.stdin
        assert beside.stdout
        beside.stdout.readline()
        beside.stdin.write(b"go\n")
        beside.stdin.flush()
        locked: list[object] = []
        event.listen(own.writer, "handle_error", locked.append)
        run(own, "PRAGMA busy_timeout = 0")  # without the lock file we would be turned away
        for _ in range(150):
            run(own, "INSERT INTO note VALUES (1)")
        assert beside.wait(30) == 0

    assert locked == []
    assert run(own, "SELECT count(*) FROM note") == 300
    assert run(own, "PRAGMA integrity_check") == "ok"
