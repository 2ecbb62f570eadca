"""The file beside a SQLite database: an older copy put back is recognised, and numbered anew."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from server.db import Database
from server.events import heads, renumber
from server.orders import intake
from server.perform import Read
from server.watermark import Watermark, marks
from tests.cast import Cast, wish
from tests.hands import Do, Look
from tests.realtime.patience import eventually


@pytest.fixture
def mark(tmp_path: Path) -> Watermark:
    return Watermark(tmp_path / "heard.db.mark")


@pytest.fixture(autouse=True)
def never_started(database: Database) -> None:
    """What a start leaves in the header of a file outlives the rows of a test."""
    if database.bundled:
        database.write_now(
            lambda session: session.execute(text("PRAGMA user_version = 0")) and None
        )


def epoch(look: Look, cast: Cast) -> str:
    return look(heads, [f"location:{cast.bar}"]).channels[f"location:{cast.bar}"].epoch


def test_a_channel_that_fell_back_is_numbered_anew(
    do: Do, look: Look, cast: Cast, mark: Watermark
) -> None:
    do(intake.place, wish(cast.bar), by=cast.shop)
    known, head = look(marks)[f"location:{cast.bar}"]
    mark.write({f"location:{cast.bar}": (known, head + 5)})
    before = epoch(look, cast)

    fallen = asyncio.run(mark.check(do.perform))

    assert fallen == 1
    assert epoch(look, cast) != before


def test_a_channel_that_went_on_keeps_its_numbering(
    do: Do, look: Look, cast: Cast, mark: Watermark
) -> None:
    mark.write(look(marks))
    do(intake.place, wish(cast.bar), by=cast.shop)
    before = epoch(look, cast)

    assert asyncio.run(mark.check(do.perform)) == 0
    assert epoch(look, cast) == before


def test_a_numbering_that_is_already_new_stays(do: Do, look: Look, cast: Cast) -> None:
    do(intake.place, wish(cast.bar), by=cast.shop)
    do(renumber, f"location:{cast.bar}", below=9)
    before = epoch(look, cast)

    do(renumber, f"location:{cast.bar}", below=1)

    assert epoch(look, cast) == before


@pytest.mark.parametrize("torn", [b"", b"{", b"[]", b'{"location:1": 3}', b'{"location:1": ["a"]}'])
def test_a_torn_file_says_nothing(do: Do, mark: Watermark, torn: bytes) -> None:
    mark.path.write_bytes(torn)

    assert asyncio.run(mark.check(do.perform)) == 0


def test_what_was_written_is_read_again(look: Look, cast: Cast, mark: Watermark) -> None:
    now = look(marks)

    mark.write(now)

    assert mark.read() == now
    assert f"location:{cast.bar}" in now


def test_a_copy_from_before_the_last_start_is_numbered_anew_whatever_its_heads(
    database: Database, do: Do, look: Look, cast: Cast, mark: Watermark
) -> None:
    asyncio.run(mark.check(do.perform))
    copy = mark.path.read_bytes()
    asyncio.run(mark.check(do.perform))  # another start
    before = epoch(look, cast)
    mark.path.write_bytes(copy)  # the file of one start beside the database of another

    asyncio.run(mark.check(do.perform))

    assert (epoch(look, cast) != before) is database.bundled


def test_the_file_is_written_once_more_at_the_end(
    do: Do, look: Look, cast: Cast, mark: Watermark, database: Database
) -> None:
    async def spend_a_moment() -> None:
        keeping = asyncio.create_task(mark.keep(Read(database)))
        await eventually(mark.path.exists)
        await do.perform(intake.place, wish(cast.bar), by=cast.shop)
        keeping.cancel()
        await asyncio.wait([keeping])

    asyncio.run(spend_a_moment())

    assert mark.read() == look(marks)
    assert mark.read()[f"location:{cast.bar}"][1] == 1
