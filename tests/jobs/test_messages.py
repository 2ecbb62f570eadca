"""The lanes: what becomes of a mail is written down, whatever the mail server does."""

import asyncio
from datetime import timedelta

import pytest

from server.clock import now
from server.db import Database
from server.errors import Unsaved
from server.jobs import messages
from server.jobs.messages import Post
from server.messaging import outbox
from server.messaging.outbox import State
from server.models import Message
from tests.cast import Cast
from tests.jobs.posting import posting, read, settled
from tests.postbox import inbox, scripted
from tests.workplace import Workplace, until


async def test_a_mail_reaches_the_customer(database: Database, cast: Cast) -> None:
    async with inbox() as kept, posting(database, kept.port) as (house, post):
        order = await house.placed(cast)
        await read(house, post)
        await until(lambda: settled(house))

        assert await house.states() == [State.SENT]
    (mail,) = kept.mails
    assert mail["Subject"] == f"Order {order['code']} — Bar South"
    assert mail["Message-ID"].strip() == f"<{order['id']}.1.confirmation@harbour.example>"


async def test_a_mail_offered_twice_goes_out_once(database: Database, cast: Cast) -> None:
    async with inbox() as kept, posting(database, kept.port) as (house, post):
        await house.placed(cast)
        await read(house, post)
        (mail,) = await house.mails()
        await asyncio.gather(post.send(mail.id or 0), post.send(mail.id or 0))
        await post.send(mail.id or 0)

    assert len(kept.mails) == 1


async def test_many_mails_share_a_few_connections(database: Database, cast: Cast) -> None:
    async with inbox() as kept, posting(database, kept.port) as (house, post):
        for _ in range(30):
            await house.placed(cast)
        await read(house, post)
        await until(lambda: settled(house))

    assert len({mail["Message-ID"] for mail in kept.mails}) == len(kept.mails) == 30
    assert len({id(session) for session in kept.sessions}) <= messages.LANES


async def test_without_a_mail_server_the_mail_is_kept(database: Database, cast: Cast) -> None:
    async with posting(database, port=0) as (house, post):
        await house.placed(cast)
        await read(house, post)
        await until(lambda: settled(house))

        assert await house.states() == [State.KEPT]


@pytest.mark.parametrize(
    ("says", "state"),
    [
        ({"RCPT": "550 5.1.1 <maria@guests.example> unknown"}, State.FAILED),
        ({"RCPT": "451 4.7.1 Later"}, State.QUEUED),
        ({"mail": "451 4.3.0 Full"}, State.QUEUED),
        ({"mail": None}, State.UNKNOWN),
    ],
    ids=["refused", "later", "taken and given back", "no answer"],
)
async def test_what_the_server_does_is_written_down_but_not_whose_mail_it_was(
    database: Database,
    cast: Cast,
    caplog: pytest.LogCaptureFixture,
    says: dict[str, str | None],
    state: State,
) -> None:
    async with scripted(**says) as script, posting(database, script.port) as (house, post):
        await house.placed(cast)
        await read(house, post)
        (mail,) = await house.mails()
        await post.send(mail.id or 0)

        (mail,) = await house.mails()
    assert (mail.state, mail.attempts) == (state, 1)
    assert mail.reason
    assert (mail.not_before > now() + timedelta(seconds=2)) == (state is State.QUEUED)
    assert "maria" not in caplog.text
    assert "Mail" in caplog.text


async def test_a_mail_that_left_our_hands_is_not_sent(database: Database, cast: Cast) -> None:
    async with scripted() as script, posting(database, script.port) as (house, post):
        script.held.add("RCPT")
        await house.placed(cast)
        await read(house, post)
        await script.waits()
        await house.alter(fence=Message.fence + 1)
        script.go_on.set()
        (mail,) = await house.mails()
        await post.send(mail.id or 0)

    assert "DATA" not in script.heard
    assert "RSET" in script.heard


async def test_a_database_that_is_away_for_a_moment_still_hears_that_a_mail_was_sent(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "SETTLE_PAUSE_SECONDS", 0.01)
    settle, failures = outbox.settle, iter([True, True, False])

    def away(*args: object, **kwargs: object) -> bool:
        if next(failures):
            raise Unsaved("The database is away.")
        return settle(*args, **kwargs)  # type: ignore[arg-type]

    async with inbox() as kept, posting(database, kept.port) as (house, post):
        await house.placed(cast)
        monkeypatch.setattr(outbox, "settle", away)
        await read(house, post)
        await until(lambda: settled(house))

        assert await house.states() == [State.SENT]
    assert len(kept.mails) == 1


async def test_a_lane_outlives_a_mail_that_breaks_it(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, failures = outbox.start, iter([True, False])

    def broken(*args: object) -> bool:
        if next(failures):
            raise Unsaved("The database is away.")
        return start(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(messages, "LANES", 1)
    async with inbox() as kept, posting(database, kept.port) as (house, post):
        await house.placed(cast)
        await house.placed(cast)
        monkeypatch.setattr(outbox, "start", broken)
        await read(house, post)
        for mail in await house.mails():
            await post.send(mail.id or 0)

        assert await house.states() == [State.LEASED, State.SENT]


async def test_there_is_room_for_so_many_mails(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "WAITING", 2)
    post = Post(Workplace.over(database))

    post.offer([1, 2, 3])
    await post.send(3)

    assert list(post.taken) == [1, 2]


async def test_an_idle_connection_is_closed(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "IDLE_SECONDS", 0.05)

    async def closed() -> bool:
        return "QUIT" in script.heard

    async with scripted() as script, posting(database, script.port) as (house, post):
        await house.placed(cast)
        await read(house, post)
        await until(closed)
        await house.placed(cast)
        await read(house, post)
        await until(lambda: settled(house))

        assert await house.states() == [State.SENT, State.SENT]
