"""Following the book: each event is reacted to once, whoever reads it and whatever breaks."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from server.clock import now
from server.jobs import follow
from server.jobs.follow import Follow, lag
from server.models import Event, Message, Position
from tests.cast import Cast
from tests.workplace import Workplace, until, working


class Told:
    """Hears of the rows that were written."""

    def __init__(self) -> None:
        self.ids: list[int | None] = []

    async def __call__(self, messages: Sequence[Message]) -> None:
        self.ids += [message.id for message in messages]


async def test_a_new_channel_is_read_from_its_beginning(house: Workplace, cast: Cast) -> None:
    await house.placed(cast)
    await house.placed(cast)
    told = Told()

    assert await Follow(house, told).turn() == 2

    assert told.ids == [mail.id for mail in await house.mails()]


async def test_what_was_read_is_not_read_again(house: Workplace, cast: Cast) -> None:
    await house.placed(cast)
    told = Told()
    await Follow(house, told).turn()

    assert await Follow(house, told).turn() == 0

    assert len(told.ids) == 1


async def test_a_busy_channel_keeps_no_other_waiting(
    house: Workplace, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "PAGE", 2)
    for _ in range(5):
        await house.placed(cast)
    await house.placed(cast, cast.kitchen)

    assert await Follow(house, Told()).turn() == 3

    assert {mail.channel for mail in await house.mails()} == {
        f"location:{cast.bar}",
        f"location:{cast.kitchen}",
    }


async def test_trouble_in_one_channel_does_not_stop_the_others(
    house: Workplace, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    await house.placed(cast)
    await house.perform(torn)
    await house.placed(cast, cast.kitchen)

    assert await Follow(house, Told()).turn() == 1

    assert [mail.channel for mail in await house.mails()] == [f"location:{cast.kitchen}"]
    assert f"location:{cast.bar} wait" in caplog.text
    assert await house.read(follow.behind) == [f"location:{cast.bar}"]


async def test_the_position_and_the_reactions_are_one_transaction(
    house: Workplace, cast: Cast
) -> None:
    await house.placed(cast)
    await house.placed(cast)
    await house.perform(torn, offset=2)

    await Follow(house, Told()).turn()

    assert await house.mails() == []
    assert await house.read(lambda session: session.get(Position, at_bar(cast))) is None


async def test_how_far_the_reactions_lag_can_be_told(house: Workplace, cast: Cast) -> None:
    assert await house.read(lag) == 0
    await house.placed(cast)
    await house.perform(dated, now() - timedelta(seconds=90))
    await house.placed(cast)

    assert 90 <= await house.read(lag) < 100

    await Follow(house, Told()).turn()
    assert await house.read(lag) == 0


async def test_the_bell_wakes_the_follower(
    house: Workplace, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "LOOK_SECONDS", 3600)

    async with working(Follow(house, Told()).run):
        await house.placed(cast)
        await until(house.mails)


async def test_without_a_bell_the_follower_looks_by_itself(
    house: Workplace, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(house.broker.bell, "ring", lambda: None)

    async with working(Follow(house, Told()).run):
        await house.placed(cast)
        await until(house.mails)


async def test_many_followers_write_each_reaction_once(
    house: Workplace, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "PAGE", 3)
    for n in range(40):
        await house.placed(cast, cast.kitchen if n % 2 else cast.bar)
    told = Told()

    async def read_to_the_end() -> int:
        events = 0
        while await house.read(follow.behind):
            events += await Follow(house, told).turn()
        return events

    read = await asyncio.gather(*(read_to_the_end() for _ in range(4)))

    assert sum(read) == 40
    assert len(set(told.ids)) == len(told.ids) == 40
    assert len(await house.mails()) == 40


def torn(session: Session, offset: int = 1) -> None:
    """An event of every channel so far that nobody can read."""
    changed = update(Event).where(col(Event.offset) == offset).values(thing="{")
    session.connection().execute(changed)


def dated(session: Session, at: datetime) -> None:
    """Every event so far happened then."""
    session.connection().execute(update(Event).values(at=at))


def at_bar(cast: Cast) -> tuple[str, str]:
    return follow.READER, f"location:{cast.bar}"
