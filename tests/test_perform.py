"""The seam: one transaction, then the bell."""

import asyncio

import pytest
from sqlalchemy import func
from sqlmodel import Session, col, select

from server.db import Database
from server.errors import Conflict
from server.events import Publication, since
from server.models import Order
from server.orders import intake
from server.perform import Perform, Read
from tests.cast import Cast, wish
from tests.hands import Do, Look, RecordingBell


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
