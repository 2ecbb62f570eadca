"""The sweep: what is due and in nobody's hands is found in the database, with or without Redis."""

from datetime import timedelta

import pytest
from sqlmodel import Session, func, select

from server.clock import now
from server.jobs import sweep
from server.jobs.follow import Follow
from server.jobs.messages import Post
from server.jobs.sweep import Sweep
from server.messaging import outbox
from server.messaging.outbox import State
from server.models import Channel, Location, StoredAnswer
from server.orders.forms import StatusForm
from server.places.status import set_status
from tests.cast import Cast
from tests.mailbag import SENDER, TERMS
from tests.workplace import Workplace, until, working


async def forgotten(house: Workplace, cast: Cast, many: int = 1) -> list[int]:
    """Mails that nobody was told of."""
    for _ in range(many):
        await house.placed(cast)

    async def nobody(_: object) -> None:
        pass

    await Follow(house, nobody).turn()
    return [mail.id or 0 for mail in await house.mails()]


async def test_a_mail_that_nobody_was_told_of_is_sent(house: Workplace, cast: Cast) -> None:
    await forgotten(house, cast)
    post = Post(house)

    async with working(post.run), working(Sweep(house, post).run):
        await until(lambda: in_states(house, State.KEPT))


async def test_mails_in_dead_hands_are_taken_back(
    house: Workplace, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = await forgotten(house, cast, 2)
    await house.perform(outbox.lease, first, SENDER, TERMS)
    held = await house.perform(outbox.lease, second, SENDER, TERMS)
    assert held
    await house.perform(outbox.start, held, TERMS)
    await house.alter(lease_until=now() - timedelta(seconds=1))

    await Sweep(house, Post(house)).turn()

    assert await house.states() == [State.QUEUED, State.UNKNOWN]
    assert "1 mails to send, 1 unknown" in caplog.text


async def test_a_sweep_done_twice_changes_nothing(house: Workplace, cast: Cast) -> None:
    await forgotten(house, cast, 2)
    post = Post(house)
    sweeping = Sweep(house, post)
    await sweeping.turn()
    before = await house.mails()

    await sweeping.turn()

    assert await house.mails() == before
    assert post.queue.qsize() == 2


async def test_a_pause_that_is_over_ends(house: Workplace, cast: Cast) -> None:
    form = StatusForm(state="paused", reason="Out of gas", minutes=5)
    await house.perform(set_status, cast.bar, form, by=cast.ana)
    sweeping = Sweep(house, Post(house))
    await sweeping.turn()
    assert await house.read(status, cast.bar) == "paused"
    await house.perform(over, cast.bar)

    await sweeping.turn()

    assert await house.read(status, cast.bar) == "open"
    assert await house.read(head, cast.bar) == 2  # and every board was told


async def test_the_house_is_tidied_once_in_a_while(
    house: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "TIDY_EVERY", 2)
    sweeping = Sweep(house, Post(house))
    await sweeping.turn()
    await house.perform(answered_long_ago)

    await sweeping.turn()
    assert await house.read(answers) == 1

    await sweeping.turn()
    assert await house.read(answers) == 0


async def in_states(house: Workplace, *states: State) -> bool:
    return await house.states() == list(states)


def status(session: Session, location_id: int) -> str:
    return session.get_one(Location, location_id).status


def head(session: Session, location_id: int) -> int:
    return session.get_one(Channel, f"location:{location_id}").head


def over(session: Session, location_id: int) -> None:
    session.get_one(Location, location_id).status_until = now()


def answered_long_ago(session: Session) -> None:
    at = now() - timedelta(days=8)
    session.add(StoredAnswer(caller="key:1", key="a", fingerprint="f", status=200, at=at))


def answers(session: Session) -> int:
    return session.exec(select(func.count()).select_from(StoredAnswer)).one()
