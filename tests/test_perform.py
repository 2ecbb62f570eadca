"""The seam: one transaction, then the bell."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import func
from sqlmodel import Session, col, select

from server.db import Database
from server.errors import Conflict
from server.events import Publication, since
from server.models import Order
from server.orders import intake, lifecycle
from server.orders.forms import MoveForm
from server.perform import Perform, Read
from server.statements import Line, line
from tests.cast import Cast, wish
from tests.hands import Do, Look, RecordingBell
from tests.journeys import placed


def orders(look: Look) -> int:
    return look(lambda session: session.exec(select(func.count(col(Order.id)))).one())


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


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_an_advance_takes_as_many_statements_however_many_orders_are_stored(
    do: Do, database: Database, cast: Cast
) -> None:
    def statements() -> list[str]:
        order, run = placed(do, cast), list[str]()
        trace(database, run.append)
        do.once(order["id"], lifecycle.advance, order["id"], "ready", MoveForm(), by=cast.dan)
        trace(database, None)
        return [statement.split()[0] for statement in run[2:-2]]  # without the tracing itself

    first = statements()
    for _ in range(30):
        placed(do, cast)

    assert statements() == first
    assert first == (
        "BEGIN SAVEPOINT SELECT SELECT UPDATE INSERT INSERT UPDATE INSERT RELEASE COMMIT".split()
    )


def trace(database: Database, tell: Callable[[str], None] | None) -> None:
    """Have the writing connection tell every statement that it runs."""
    database.write_now(lambda session: line(session).driver.set_trace_callback(tell))


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_an_advance_takes_two_round_trips(do: Do, database: Database, cast: Cast) -> None:
    order, trips = placed(do, cast), list[int]()
    run = Line.run

    def counted(queue: Line, *, commit: bool = False) -> None:
        if queue.waiting or commit:
            trips.append(len(queue.waiting))
        run(queue, commit=commit)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Line, "run", counted)
        do.once("K1", lifecycle.advance, order["id"], "ready", MoveForm(), by=cast.dan)

    assert trips == [2, 4]
