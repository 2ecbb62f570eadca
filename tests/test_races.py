"""Many at once: one version has one winner, one external id one order, and no offset is lost."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Final

import orjson
import pytest
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from server.answers import Answer
from server.clock import now
from server.db import Database
from server.events import Publication, since
from server.models import Event, Order
from server.orders import boards, intake, lifecycle
from server.orders.forms import MoveForm, StatusForm
from server.perform import Once, Read
from server.places import locations
from tests.cast import Cast, wish
from tests.hands import Do, Look, answered
from tests.journeys import placed

THREADS: Final = 16
ROUNDS: Final = 200


@pytest.fixture
def wide(database: Database) -> Iterator[Database]:
    """The same database, with a connection for everybody."""
    wide = database if database.bundled else Database(database.url, pool=THREADS)
    yield wide
    if wide is not database:
        wide.close()


@pytest.mark.timeout(120)
def test_one_version_has_one_winner(wide: Database, look: Look, cast: Cast) -> None:
    """Sixteen tap the same card at once, all having seen the same version; two hundred times."""
    do = Do(wide)
    ways = ("ready", "fulfilled", "cancelled", "ready")
    forms = {"cancelled": MoveForm(reason="too_busy")}

    async def race(ref: str, match: int, number: int) -> list[Answer]:
        taps = [
            do.perform.once(
                Once(f"account:{n}", f"{number}", "tap"), answered, lifecycle.advance,
                ref, ways[n % 4], forms.get(ways[n % 4], MoveForm()), by=cast.ana, match=match,
            )
            for n in range(THREADS)
        ]  # fmt: skip
        return await asyncio.gather(*taps)

    async def rounds() -> None:
        for number in range(ROUNDS):
            order = await do.perform(intake.place, wish(cast.bar), by=cast.shop)
            ref = orjson.loads(order.card)["id"]
            answers = await race(ref, 1, number)
            won = [one for one in answers if one.status == 200 and b'"noop":false' in one.body]
            noop = [one for one in answers if one.status == 200 and b'"noop":true' in one.body]
            lost = [one for one in answers if one.status == 412]
            assert len(won) == 1
            assert len(won) + len(noop) + len(lost) == THREADS
            assert {one.etag for one in won + noop} == {"2"}

    asyncio.run(rounds())

    versions = look(lambda session: session.exec(select(Order.version)).all())
    assert versions == [2] * ROUNDS
    book = everything(look, f"location:{cast.bar}")
    assert [one.offset for one in book] == list(range(1, 2 * ROUNDS + 1))
    assert Counter(one.kind for one in book) == {"order.placed": ROUNDS, "order.advanced": ROUNDS}
    assert book == sorted(do.bell.rung, key=lambda one: one.offset)


def everything(look: Look, channel: str) -> list[Publication]:
    book: list[Publication] = []
    while page := look(since, channel, len(book)):
        book += page
    return book


def test_offsets_have_no_gap_for_a_reader_that_follows(
    wide: Database, look: Look, cast: Cast
) -> None:
    """Eight write to two channels while one reads: it never sees a later event first."""
    do, number = Do(wide), 20
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


def test_the_same_external_id_raced_is_one_order(wide: Database, look: Look, cast: Cast) -> None:
    do = Do(wide)

    async def race() -> list[bytes]:
        form = wish(cast.bar, external_id="A-1")
        wishes = (do.perform(intake.place, form, by=cast.shop) for _ in range(THREADS))
        return [outcome.card for outcome in await asyncio.gather(*wishes)]

    cards = asyncio.run(race())

    assert len(set(cards)) == 1
    assert len(look(boards.orders, boards.Filters(), by=cast.ana).orders) == 1
    assert [one.offset for one in everything(look, f"location:{cast.bar}")] == [1]


def test_a_place_that_many_close_at_once_has_a_version_for_each(
    wide: Database, look: Look, cast: Cast
) -> None:
    do, form = Do(wide), StatusForm(state="busy", minutes=5)

    async def race() -> list[int]:
        closing = (
            do.perform(locations.set_status, cast.bar, form, by=cast.ana) for _ in range(THREADS)
        )
        return [place["version"] for place in await asyncio.gather(*closing)]

    versions = asyncio.run(race())

    assert sorted(versions) == list(range(2, THREADS + 2))
    book = everything(look, f"location:{cast.bar}")
    assert [orjson.loads(one.thing)["version"] for one in book] == list(range(2, THREADS + 2))


def test_moving_and_undoing_at_once_never_loses_a_version(
    wide: Database, look: Look, cast: Cast
) -> None:
    do = Do(wide)
    ref = placed(do, cast)["id"]

    async def race() -> None:
        for _ in range(5):
            taps = [
                *(
                    do.perform(lifecycle.advance, ref, "ready", MoveForm(), by=cast.ana)
                    for _ in "123"
                ),
                *(do.perform(lifecycle.undo, ref, by=cast.ana) for _ in "123"),
            ]
            await asyncio.gather(*taps, return_exceptions=True)

    asyncio.run(race())

    _, history = look(boards.order, ref, by=cast.ana)
    versions = [one["version"] for one in history]
    book = everything(look, f"location:{cast.bar}")
    assert versions == list(range(1, len(versions) + 1))
    assert versions == [orjson.loads(one.thing)["version"] for one in book]
