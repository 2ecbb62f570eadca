"""The seam: one transaction, then the bell; and requests that must not happen twice."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from sqlalchemy import event, func
from sqlmodel import Session, col, select

from server.answers import Answer, problem
from server.db import Database
from server.errors import Busy, Conflict, KeyReused, Unsaved
from server.events import Publication, since
from server.models import Order, StoredAnswer
from server.orders import intake, lifecycle
from server.orders.changes import Outcome
from server.orders.forms import MoveForm
from server.perform import Once, Perform, Read, begin, keep
from tests.cast import Cast, wish
from tests.hands import Do, Look, RecordingBell, answered
from tests.journeys import placed


def orders(look: Look) -> int:
    return look(lambda session: session.exec(select(func.count(col(Order.id)))).one())


def stored(look: Look) -> list[tuple[str, int | None]]:
    rows = look(lambda session: session.exec(select(StoredAnswer)).all())
    return [(row.key, row.status) for row in rows]


def test_the_bell_rings_only_for_what_is_already_in_the_book(
    database: Database, cast: Cast
) -> None:
    class Reader(RecordingBell):
        async def publish(self, *publications: Publication) -> None:
            for one in publications:
                found = await Read(database)(since, one.channel, one.offset - 1)
                assert found == [one]
            await super().publish(*publications)

    bell = Reader()

    asyncio.run(Perform(database, bell)(intake.place, wish(cast.bar), by=cast.shop))

    assert len(bell.rung) == 1


def test_a_refusal_leaves_nothing_behind(do: Do, look: Look, cast: Cast) -> None:
    def half(session: Session) -> None:
        intake.place(session, wish(cast.bar), by=cast.shop)
        raise Conflict("Only half done.")

    with pytest.raises(Conflict):
        do(half)

    assert orders(look) == 0
    assert do.bell.rung == []


def test_a_mistake_of_ours_leaves_nothing_behind_either(do: Do, look: Look, cast: Cast) -> None:
    def broken(session: Session) -> Outcome:
        intake.place(session, wish(cast.bar), by=cast.shop)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        do.once("K1", broken)

    assert (orders(look), stored(look), do.bell.rung) == (0, [], [])


def test_a_retry_gets_the_first_answer_and_nothing_happens(do: Do, look: Look, cast: Cast) -> None:
    first = do.once("K1", intake.place, wish(cast.bar), by=cast.shop)

    again = do.once("K1", intake.place, wish(cast.bar), by=cast.shop)

    assert (first.status, first.headers) == (201, {})
    assert (again.status, again.body, again.etag, again.content_type) == (
        201, first.body, first.etag, first.content_type
    )  # fmt: skip
    assert again.headers == {"Idempotent-Replay": "true"}
    assert (orders(look), len(do.bell.rung)) == (1, 1)


def test_a_refusal_is_an_answer_like_any_other(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast)
    do(lifecycle.advance, order["id"], "fulfilled", MoveForm(), by=cast.dan)

    def tap() -> Answer:
        ref, form = order["id"], MoveForm()
        return do.once("K1", lifecycle.advance, ref, "pending", form, by=cast.dan, match=1)

    first = tap()
    do(lifecycle.undo, order["id"], by=cast.dan)
    again = tap()

    assert (first.status, again.status) == (412, 412)
    assert again.body == first.body
    assert orjson.loads(again.body)["order"]["stage"] == "fulfilled"
    assert stored(look) == [("K1", 412)]


def test_a_refused_request_undoes_what_it_had_begun(do: Do, look: Look, cast: Cast) -> None:
    def half(session: Session) -> Outcome:
        intake.place(session, wish(cast.bar), by=cast.shop)
        raise Conflict("Only half done.")

    answer = do.once("K1", half)

    assert answer.status == 409
    assert (orders(look), stored(look), do.bell.rung) == (0, [("K1", 409)], [])


def test_a_key_with_another_request_is_refused(do: Do, database: Database, cast: Cast) -> None:
    do.once("K1", intake.place, wish(cast.bar), by=cast.shop)
    other = Once("account:ana", "K1", "another request")

    with pytest.raises(KeyReused) as refused:
        asyncio.run(do.perform.once(other, answered, intake.place, wish(cast.bar), by=cast.shop))

    assert refused.value.field == "Idempotency-Key"


def test_everybody_has_keys_of_their_own(do: Do, look: Look, cast: Cast) -> None:
    do.once("K1", intake.place, wish(cast.bar), by=cast.shop)
    other = Once("account:ben", "K1", "another request")

    asyncio.run(do.perform.once(other, answered, intake.place, wish(cast.bar), by=cast.shop))

    assert orders(look) == 2


def test_without_a_key_every_request_happens(do: Do, look: Look, cast: Cast) -> None:
    for _ in range(2):
        do.once(None, intake.place, wish(cast.bar), by=cast.shop)

    assert (orders(look), stored(look)) == (2, [])


def test_what_could_not_be_saved_may_be_tried_again(do: Do, look: Look, cast: Cast) -> None:
    tries = iter([True, False])

    def flaky(session: Session) -> Outcome:
        outcome = intake.place(session, wish(cast.bar), by=cast.shop)
        if next(tries):
            raise Unsaved("Not now.")
        return outcome

    with pytest.raises(Unsaved):
        do.once("K1", flaky)
    answer = do.once("K1", flaky)

    assert answer.status == 201
    assert (orders(look), stored(look)) == (1, [("K1", 201)])


@pytest.mark.parametrize("status", [200, 422])
def test_many_at_once_with_one_key_have_one_effect_and_one_answer(
    do: Do, look: Look, cast: Cast, status: int
) -> None:
    form = wish(cast.bar, totals={"total": 1}) if status == 422 else wish(cast.bar)

    async def race() -> list[Answer]:
        once = Once("account:ana", "K1", "the same")
        return await asyncio.gather(
            *(do.perform.once(once, answered, intake.place, form, by=cast.shop) for _ in range(12))
        )

    answers = asyncio.run(race())

    assert len({(one.status, one.body, one.etag) for one in answers}) == 1
    assert sum("Idempotent-Replay" not in one.headers for one in answers) == 1
    assert (orders(look), len(do.bell.rung)) == ((1, 1) if status == 200 else (0, 0))


@contextmanager
def at_work_elsewhere(database: Database, patience: str) -> Iterator[tuple[Once, Session, Do]]:
    """A request at work in another process, and hands that wait for it no longer than this."""
    here = Database(database.url)

    @event.listens_for(here.writer, "connect")
    def hurry(connection: Any, _record: object) -> None:
        connection.execute(f"SET lock_timeout = '{patience}'")
        connection.commit()

    once = Once("account:ana", "K1", "the same request")
    with Session(database.writer) as elsewhere:
        assert begin(elsewhere, once) is None
        yield once, elsewhere, Do(here)
    here.close()


def somebody_waits(database: Database) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with database.writer.connect() as connection:
        return bool(connection.exec_driver_sql(waiting).scalar())


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_request_at_work_elsewhere_is_waited_for(database: Database, cast: Cast) -> None:
    with at_work_elsewhere(database, "5s") as (once, elsewhere, do), ThreadPoolExecutor() as thread:
        retry = thread.submit(do.once, once.key, intake.place, wish(cast.bar), by=cast.shop)
        while not somebody_waits(database):
            assert not retry.done()
        keep(elsewhere, once, Answer(201, b"the first answer"))
        elsewhere.commit()
        answer = retry.result(5)

    assert (answer.status, answer.body) == (201, b"the first answer")
    assert answer.headers == {"Idempotent-Replay": "true"}


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_request_at_work_elsewhere_is_not_waited_for_long(
    database: Database, look: Look, cast: Cast
) -> None:
    with at_work_elsewhere(database, "50ms") as (once, _, do), pytest.raises(Busy) as refused:
        do.once(once.key, intake.place, wish(cast.bar), by=cast.shop)

    assert problem(refused.value).headers == {"Retry-After": "1"}
    assert orders(look) == 0


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_request_that_failed_elsewhere_happens_here(
    database: Database, look: Look, cast: Cast
) -> None:
    with at_work_elsewhere(database, "5s") as (once, elsewhere, do), ThreadPoolExecutor() as thread:
        retry = thread.submit(do.once, once.key, intake.place, wish(cast.bar), by=cast.shop)
        while not somebody_waits(database):
            assert not retry.done()
        elsewhere.rollback()
        answer = retry.result(5)

    assert (answer.status, answer.headers, orders(look)) == (201, {}, 1)
