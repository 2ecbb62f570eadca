"""The same request at work in another process: waited for, but not for long."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func
from sqlmodel import Session, col, select

from server.answers import Answer, problem
from server.db import Database
from server.errors import Busy
from server.models import Order
from server.orders import intake
from server.perform import Once, keep
from server.statements import line
from tests.cast import Cast, wish
from tests.hands import Do, Look


def orders(look: Look) -> int:
    return look(lambda session: session.exec(select(func.count(col(Order.id)))).one())


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
        keep(elsewhere, once, Answer(201, b"the first answer"))
        line(elsewhere).run()
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
