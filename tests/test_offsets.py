"""Offsets without gaps while many write; and the two ways of numbering that would have some."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from server.clock import now
from server.db import Database
from server.events import since
from server.models import Event
from server.orders import intake
from server.perform import Read
from tests.cast import Cast, wish
from tests.hands import Do


def test_offsets_have_no_gap_for_a_reader_that_follows(wide: Database, cast: Cast) -> None:
    """Eight write to two channels while one reads: it never sees a later event first."""
    do, number = Do(wide), 8
    channels = [f"location:{cast.bar}", f"location:{cast.kitchen}"]

    async def write(n: int) -> None:
        for step in range(number):
            place = (cast.bar, cast.kitchen)[(n + step) % 2]
            await do.perform(intake.place, wish(place), by=cast.shop)

    async def follow() -> dict[str, list[int]]:
        seen: dict[str, list[int]] = {channel: [] for channel in channels}
        while sum(map(len, seen.values())) < 8 * number:
            for channel, offsets in seen.items():
                position = offsets[-1] if offsets else 0
                found = await Read(wide)(since, channel, position)
                offsets += [one.offset for one in found]
        return seen

    async def together() -> dict[str, list[int]]:
        reading = asyncio.create_task(follow())
        await asyncio.gather(*(write(n) for n in range(8)))
        return await reading

    seen = asyncio.run(together())

    assert seen == {channel: list(range(1, 4 * number + 1)) for channel in channels}


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_numbering_without_the_locked_head_gives_a_number_twice(
    database: Database, cast: Cast
) -> None:
    """The control: max(offset) + 1 instead of the head. Two writers draw the same number."""
    channel, drawn = f"location:{cast.bar}", Barrier(2, timeout=10)

    def write(_: int) -> str:
        try:
            with Session(database.writer) as session, session.begin():
                last = session.exec(
                    select(func.max(Event.offset)).where(Event.channel == channel)
                ).one()
                drawn.wait()
                session.add(entry(channel, (last or 0) + 1))
        except IntegrityError:
            return "twice"
        return "entered"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(write, range(2))) == ["entered", "twice"]


def entry(channel: str, offset: int) -> Event:
    """A line of the book about nothing."""
    return Event(
        channel=channel,
        offset=offset,
        kind="order.placed",
        at=now(),
        key="order",
        thing_id="x",
        version=1,
        thing="{}",
    )


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_numbering_by_a_sequence_makes_a_reader_miss_an_event(
    database: Database, cast: Cast
) -> None:
    """The other control: numbers drawn early are committed late, behind the reader's back."""
    engine = database.writer
    with engine.begin() as setup:
        setup.exec_driver_sql("CREATE TABLE numbered (n serial PRIMARY KEY)")
    read = "SELECT n FROM numbered WHERE n > %s ORDER BY n"
    draw = "INSERT INTO numbered DEFAULT VALUES"

    with engine.connect() as slow, engine.connect() as quick, engine.connect() as reader:
        slow.exec_driver_sql(draw)
        quick.exec_driver_sql(draw)
        quick.commit()
        first = reader.exec_driver_sql(read, (0,)).scalars().all()
        slow.commit()
        second = reader.exec_driver_sql(read, (max(first),)).scalars().all()
    with engine.begin() as teardown:
        teardown.exec_driver_sql("DROP TABLE numbered")

    assert [*first, *second] == [2]  # 1 was never seen
