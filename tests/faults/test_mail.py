"""Mail servers and workers are killed at work: nobody gets a mail twice, and none is forgotten."""

import fcntl
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from server.db import Database
from server.messaging.outbox import State
from server.settings import Settings
from tests.faults.children import start_mailhouse
from tests.faults.fray import Fray, end, wait_until
from tests.faults.mailhouse import Plan, noted
from tests.servers import PostgreSQL

Begin = Callable[..., Fray]


@pytest.fixture
def begin(
    backend: str, tmp_path: Path, valkey_url: str, request: pytest.FixtureRequest
) -> Iterator[Begin]:
    """Sets a shop of its own up, with so many orders."""
    opened: list[Database] = []

    def begin(orders: int, *, careful: bool = True) -> Fray:
        number = len(opened)
        url = f"sqlite:///{tmp_path / f'{number}.db'}"
        if backend == "postgresql":
            server: PostgreSQL = request.getfixturevalue("postgresql_server")
            url = server.create_database()
        opened.append(Database(url))
        port = free_port()
        smtp = f"smtp://127.0.0.1:{port}"
        settings = Settings(database_url=url, smtp_url=smtp, redis_url=valkey_url)
        log = tmp_path / f"{number}.log"
        fray = Fray(opened[-1], settings, port, log, careful)
        fray.place(orders)
        return fray

    yield begin
    for database in opened:
        database.close()


def test_killed_at_random_no_mail_goes_out_twice_and_none_is_forgotten(begin: Begin) -> None:
    fray = begin(120)

    fray.fight(13)

    report(fray)
    check(fray)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_the_whole_file_survives_two_hundred_kills(begin: Begin) -> None:
    fray = begin(1834)

    fray.fight(200)

    report(fray)
    check(fray)
    assert fray.deaths.total() >= 180, "most of them had work in hand when they died"


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_whole_file_is_mailed_within_a_minute(begin: Begin) -> None:
    fray = begin(1834)
    began = time.monotonic()

    fray.finish(fray.worker())

    took = time.monotonic() - began
    report(fray)
    print(f"{took:.1f} s, {fray.orders / took:.0f} mails/s")  # noqa: T201
    assert took < 60


def test_without_the_protection_mails_go_out_twice(begin: Begin) -> None:
    fray = begin(20, careful=False)
    worker = fray.worker()

    fray.kill_mailhouse(Plan("dot"))
    fray.finish(worker)

    report(fray)
    assert fray.doubles()


def test_a_mail_cut_between_the_answer_and_our_commit_is_unknown_and_stays_so(
    begin: Begin,
) -> None:
    fray = begin(1)
    house = start_mailhouse(fray.port, fray.log, Plan("dot", by=signal.SIGSTOP))
    worker = fray.worker()
    wait_until(lambda: bool(fray.taken()))

    with nobody_writes(fray.database):
        os.kill(house.pid or 0, signal.SIGCONT)
        wait_until(lambda: bool(noted(fray.log, "answered")))
        end(worker)
    worker = fray.worker()
    wait_until(fray.settled)
    fray.place(1)
    wait_until(fray.settled)
    end(worker, house)

    (cut,) = fray.messages(State.UNKNOWN)
    assert fray.taken()[cut] == 1
    assert fray.taken().total() == 2


def check(fray: Fray) -> None:
    """At most one mail per Message-ID; each sent, refused, or listed as unknown."""
    taken, sent = fray.taken(), fray.messages(State.SENT)
    unknown = fray.messages(State.UNKNOWN)
    assert fray.doubles() == 0
    assert len(sent) + len(unknown) == fray.orders
    assert sent <= set(taken) <= sent | unknown


def report(fray: Fray) -> None:
    """The figures, for whoever asks pytest to show them (-rP)."""
    arrived = fray.messages(State.UNKNOWN) & set(fray.taken())
    print(  # noqa: T201  # what `make faults` is for
        f"{fray.database.url.partition(':')[0]}, seed {fray.seed}: {fray.orders} mails, killed"
        f" {dict(fray.deaths)}; {dict(fray.states())}, {len(arrived)} of the unknown arrived,"
        f" {fray.doubles()} doubles"
    )


@contextmanager
def nobody_writes(database: Database) -> Iterator[None]:
    """Hold every write of every process up."""
    if database.bundled:
        fcntl.flock(database.lock, fcntl.LOCK_EX)
        yield
        fcntl.flock(database.lock, fcntl.LOCK_UN)
        return
    with database.writer.connect() as connection:
        connection.execute(text("LOCK TABLE message IN EXCLUSIVE MODE"))
        yield
        connection.rollback()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
