"""The database: away, strange, old, careless, crowded; and the jobs that lie in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from sqlalchemy import text, update
from sqlmodel import Session

from server.clock import now
from server.db import Database
from server.doctor.database import database
from server.doctor.findings import Finding
from server.doctor.web import Web
from server.jobs import worker
from server.migrate import upgrade
from server.models import Event, Message, Worker
from server.orders import intake
from server.settings import Settings
from tests.cast import Cast, wish
from tests.doctor.patients import fine, patient, warned, wrong
from tests.hands import Do
from tests.mailbag import reacted
from tests.servers import OwnPostgreSQL, own_postgresql

SOMEWHERE = Web("http://127.0.0.1")


def examined(chosen: Settings, web: Web = SOMEWHERE) -> list[Finding]:
    return list(database(chosen, web))


@pytest.fixture
def chosen(scene: Any, tmp_path: Path) -> Settings:
    """The settings of a house over the scene's database."""
    return patient(tmp_path, database_url=scene.database.url)


@pytest.fixture
def at_work(do: Do, chosen: Settings) -> Settings:
    """The same, with a worker that was heard just now."""
    do(worker.seen, "one")
    return chosen


def change(do: Do, statement: Any) -> None:
    """Behind everybody's back."""

    def changed(session: Session) -> None:
        session.connection().execute(statement)

    do(changed)


def test_a_house_at_work_is_fine(at_work: Settings, cast: Cast, do: Do) -> None:
    do(intake.place, wish(cast.bar), by=cast.shop)
    reacted(do, cast)

    careless = {"fsync is off", "full_page_writes is off"}  # as tests want it
    serious = [one for one in examined(at_work) if not any(c in one.words for c in careless)]
    assert fine(serious)


def test_a_file_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    assert "is not there yet" in warned(examined(patient(tmp_path)))
    assert not (tmp_path / "heard.db").exists()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "heard.db").write_bytes(b"not a database" * 100)

    assert "file is not a database" in wrong(examined(patient(tmp_path)))


def test_tables_that_were_never_made(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'heard.db'}")) as empty:
        empty.write_now(lambda session: session.connection())

    assert "its tables are not made yet: python3 -m server migrate" in wrong(
        examined(patient(tmp_path))
    )


def test_tables_of_a_newer_program(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'heard.db'}")) as newer:
        upgrade(newer)
        future = text("UPDATE alembic_version SET version_num = '9999'")
        newer.write_now(lambda session: session.connection().execute(future))

    assert "of a newer Heard (revision 9999): update this one" in wrong(examined(patient(tmp_path)))


def test_it_changes_nothing(at_work: Settings, tmp_path: Path) -> None:
    file = Path(at_work.database.removeprefix("sqlite:///"))
    before = file.read_bytes() if at_work.bundled else b""

    examined(at_work)

    assert (file.read_bytes() if at_work.bundled else b"") == before


def test_nobody_does_the_jobs(chosen: Settings) -> None:
    how = "up" if chosen.bundled else "worker"

    assert f"nobody does the jobs: start `python3 -m server {how}`" in wrong(examined(chosen))


def test_a_worker_that_fell_silent_is_none(at_work: Settings, do: Do) -> None:
    change(do, update(Worker).values(seen_at=now() - timedelta(minutes=1)))

    assert "nobody does the jobs" in wrong(examined(at_work))


def test_the_web_stands_in(chosen: Settings) -> None:
    standing_in = Web("http://x", True, {"standing_in": True})

    assert "the web does the jobs" in warned(examined(chosen, standing_in))


@pytest.mark.parametrize(("seconds", "level"), [(20, warned), (90, wrong)])
def test_reactions_that_are_behind(
    at_work: Settings, do: Do, cast: Cast, seconds: int, level: Any
) -> None:
    do(intake.place, wish(cast.bar), by=cast.shop)
    change(do, update(Event).values(at=now() - timedelta(seconds=seconds)))

    assert f"reactions are {seconds} s behind" in level(examined(at_work))


@pytest.mark.parametrize(("seconds", "level"), [(120, warned), (900, wrong)])
def test_a_mail_that_is_not_sent(
    at_work: Settings, do: Do, cast: Cast, seconds: int, level: Any
) -> None:
    do(intake.place, wish(cast.bar), by=cast.shop)
    reacted(do, cast)
    due = now() - timedelta(seconds=seconds)
    change(do, update(Message).values(not_before=due, state="queued"))

    assert f"a mail has been due for {seconds} s" in level(examined(at_work))


def test_mails_that_only_a_person_can_settle(at_work: Settings, do: Do, cast: Cast) -> None:
    do(intake.place, wish(cast.bar), by=cast.shop)
    reacted(do, cast)
    change(do, update(Message).values(state="unknown"))

    assert "1 mails failed or may not have arrived" in warned(examined(at_work))


# PostgreSQL alone


@pytest.fixture(scope="module")
def own() -> Iterator[OwnPostgreSQL]:
    """A server that may be mistreated."""
    with own_postgresql(durable=True) as server:
        yield server


@pytest.fixture
def there(own: OwnPostgreSQL, tmp_path: Path) -> Settings:
    """A house on it, with a worker."""
    with closing(Database(own.url)) as made:
        upgrade(made)
        made.write_now(lambda session: worker.seen(session, "one"))
    return patient(tmp_path, database_url=own.url)


def test_a_careful_server_is_fine(there: Settings) -> None:
    assert fine(examined(there))


def test_a_server_that_is_away(own: OwnPostgreSQL, there: Settings) -> None:
    own.stop()

    told = wrong(examined(there))
    own.start()

    assert "it does not answer: connection" in told


def test_a_standby_saves_nothing(own: OwnPostgreSQL, there: Settings) -> None:
    signal = own.home.path / "data" / "standby.signal"
    own.stop()
    signal.touch(mode=0o644)
    own.start()

    told = wrong(examined(there))
    own.stop()
    signal.unlink()
    own.start()

    assert "it is a standby" in told


def test_a_careless_server_is_told(scene: Any, tmp_path: Path, backend: str) -> None:
    if backend == "postgresql":
        told = wrong(examined(patient(tmp_path, database_url=scene.database.url)))
        assert "fsync is off: a crash loses" in told


def test_connections_that_run_out(own: OwnPostgreSQL, there: Settings) -> None:
    with ExitStack() as held:
        for _ in range(82):
            held.enter_context(psycopg.connect(own.url))

        told = warned(examined(there))

    assert "of 100 connections are used: lower DATABASE_POOL" in told


def test_somebody_who_sits_in_a_transaction(
    own: OwnPostgreSQL, there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.doctor.database.IDLE", timedelta(0))
    with psycopg.connect(own.url) as idle:
        idle.execute("SELECT 1")

        assert "somebody has sat in a transaction" in warned(examined(there))


def test_clocks_that_differ(there: Settings) -> None:
    with time_machine.travel(now() + timedelta(seconds=40)):
        told = wrong(examined(there))

    assert "its clock and ours differ by 4" in told
