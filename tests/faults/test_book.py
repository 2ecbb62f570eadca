"""Many write to one place at once: a reader by position misses nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Final

import pytest
from sqlalchemy import text
from sqlmodel import Session

from server import events
from server.db import Database
from server.events import Kind
from server.people.actors import Actor
from tests.cast import Cast
from tests.flow.fixtures import Tell

WRITERS: Final = 8
SERIAL: Final = "CREATE TABLE serial_log (id bigserial PRIMARY KEY)"
Tail = Callable[[Session, int], list[int]]


class Writer:
    """Announces that a location has changed."""

    def __init__(self, channel: str, by: Actor) -> None:
        self.channel = channel
        self.by = by

    def __call__(self, session: Session) -> None:
        more = {"key": "location", "thing_id": "1", "version": 1}
        events.record(session, Kind.LOCATION_CHANGED, self.channel, {"id": 1}, by=self.by, **more)  # type: ignore[arg-type]
        events.enter(session)

    def tail(self, session: Session, after: int) -> list[int]:
        return [found.offset for found in events.since(session, self.channel, after)]


def write_by_serial(session: Session) -> None:
    """A number from a sequence, and a little work before the commit."""
    session.execute(text("INSERT INTO serial_log DEFAULT VALUES"))
    session.execute(text("SELECT pg_sleep(random() * 0.006)"))


def tail_by_serial(session: Session, after: int) -> list[int]:
    found = session.execute(
        text("SELECT id FROM serial_log WHERE id > :after ORDER BY id LIMIT 500"), {"after": after}
    )
    return [number for (number,) in found]


@contextmanager
def tailing(database: Database, tail: Tail) -> Iterator[list[int]]:
    """Read on from the last number seen, while others write; and to the end once they are done."""
    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        while True:
            last_look = done.is_set()
            while more := database.read_now(lambda s: tail(s, seen[-1] if seen else 0)):
                seen.extend(more)
            if last_look:
                return

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def write(database: Database, work: Callable[[Session], None], times: int) -> float:
    """Each writer does the work so often; how long it took."""
    began = time.monotonic()
    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(repeated, database, work, times) for _ in range(WRITERS)]:
            done.result()
    return time.monotonic() - began


def repeated(database: Database, work: Callable[[Session], None], times: int) -> None:
    for _ in range(times):
        database.write_now(work)


@pytest.mark.parametrize(
    "times", [60, pytest.param(2_000, marks=[pytest.mark.long, pytest.mark.timeout(300)])]
)
def test_a_reader_by_position_misses_nothing(
    wide: Database, cast: Cast, times: int, tell: Tell
) -> None:
    writer = Writer(f"location:{cast.bar}", cast.shop)

    with tailing(wide, writer.tail) as seen:
        took = write(wide, writer, times)

    missed = WRITERS * times - len(seen)
    kind = "SQLite" if wide.bundled else "PostgreSQL"
    tell(f"{kind}: {WRITERS} × {times} at {WRITERS * times / took:.0f}/s, {missed} missed")
    assert seen == list(range(1, WRITERS * times + 1))


def test_control_a_reader_of_a_sequence_misses_some(postgresql_server: object, tell: Tell) -> None:
    url = postgresql_server.create_database()  # type: ignore[attr-defined]
    with closing(Database(url, pool=16)) as database:
        database.write_now(lambda session: session.execute(text(SERIAL)) and None)

        with tailing(database, tail_by_serial) as seen:
            write(database, write_by_serial, 60)

    missed = WRITERS * 60 - len(seen)
    tell(f"control, a sequence: {missed} of {WRITERS * 60} missed")
    assert missed
