"""Writing in turn on SQLite: who waits shares a transaction, and never another's fate."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from server.db import Database
from server.errors import Conflict
from tests.statements import answer, run

SOON: Final = 10.0


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Database]:
    """A SQLite database of the test's own, which it may break."""
    database = Database(f"sqlite:///{tmp_path / 'own.db'}")
    run(database, "CREATE TABLE note (text UNIQUE)")
    yield database
    database.close()


@pytest.fixture
def begun(own: Database) -> list[str]:
    """The transactions that have begun."""
    begun: list[str] = []
    event.listen(own.writer, "begin", lambda _: begun.append("begin"))
    return begun


@contextmanager
def held_up(database: Database) -> Iterator[None]:
    """Somebody is writing for as long as this lasts; whatever comes meanwhile waits."""
    writing, over = threading.Event(), threading.Event()

    def work(_: Session) -> None:
        writing.set()
        assert over.wait(SOON)

    first = database.turns.put(work)
    assert writing.wait(SOON)
    yield
    over.set()
    first.result(SOON)


def insert(text: str) -> Callable[[Session], str]:
    def work(session: Session) -> str:
        answer(session, f"INSERT INTO note VALUES ('{text}')")  # noqa: S608
        return text

    return work


def notes(database: Database) -> Any:
    return run(database, "SELECT group_concat(text, ' ') FROM (SELECT * FROM note ORDER BY text)")


def outcome(done: Future[Any]) -> Any:
    return done.exception(SOON) or done.result()


def test_those_who_wait_share_one_transaction(own: Database, begun: list[str]) -> None:
    with held_up(own):
        waiting = [own.turns.put(insert(text)) for text in "abcdefgh"]

    assert [outcome(done) for done in waiting] == list("abcdefgh")
    assert len(begun) <= 2
    assert notes(own) == "a b c d e f g h"


def test_whoever_raises_undoes_only_itself(own: Database, begun: list[str]) -> None:
    def refused(session: Session) -> None:
        insert("b")(session)
        raise Conflict("No.")

    with held_up(own):
        waiting = [own.turns.put(work) for work in (insert("a"), refused, insert("c"))]

    first, second, third = map(outcome, waiting)
    assert (first, third, str(second)) == ("a", "c", "No.")
    assert len(begun) <= 2
    assert notes(own) == "a c"


def test_whoever_breaks_the_transaction_is_not_paid_for_by_others(own: Database) -> None:
    with held_up(own):
        waiting = [own.turns.put(insert(text)) for text in "aab"]

    first, second, third = map(outcome, waiting)
    assert (first, third) == ("a", "b")
    assert isinstance(second, IntegrityError)
    assert notes(own) == "a b"


def test_a_commit_that_fails_is_tried_again_for_each_alone(own: Database) -> None:
    run(own, "CREATE TABLE reply (note REFERENCES note (text) DEFERRABLE INITIALLY DEFERRED)")

    def to_nothing(session: Session) -> None:
        answer(session, "INSERT INTO reply VALUES ('nowhere')")  # found out by the COMMIT

    with held_up(own):
        waiting = [own.turns.put(work) for work in (insert("a"), to_nothing, insert("b"))]

    first, second, third = map(outcome, waiting)
    assert (first, third) == ("a", "b")
    assert isinstance(second, IntegrityError)
    assert notes(own) == "a b"
    assert run(own, "SELECT count(*) FROM reply") == 0


def test_nobody_is_answered_before_the_commit(own: Database) -> None:
    answered_at_commit: list[bool] = []

    def watch(_: object) -> None:
        answered_at_commit.append(any(done.done() for done in waiting))

    with held_up(own):
        waiting = [own.turns.put(insert(text)) for text in "abc"]
        event.listen(own.writer, "commit", watch)
    assert [outcome(done) for done in waiting] == ["a", "b", "c"]

    assert answered_at_commit
    assert answered_at_commit[0] is False


def test_whoever_has_gone_away_is_passed_over(own: Database) -> None:
    async def give_up() -> None:
        waiting = asyncio.create_task(own.write(insert("a")))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    with held_up(own):
        asyncio.run(give_up())
        other = own.turns.put(insert("b"))

    assert outcome(other) == "b"
    assert notes(own) == "b"
