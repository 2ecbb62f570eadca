"""Told to stop, a process brings the mail at hand to its end, or leaves it in honest doubt."""

import asyncio
from datetime import timedelta

import pytest

from server.clock import now
from server.db import Database
from server.errors import Unsaved
from server.jobs import messages, stopping
from server.jobs.messages import Post
from server.messaging import outbox
from server.messaging.outbox import State
from tests.cast import Cast
from tests.jobs.posting import posting, read
from tests.postbox import inbox, scripted
from tests.workplace import Workplace


async def test_told_to_stop_a_lane_finishes_the_mail_at_hand(
    database: Database, cast: Cast
) -> None:
    async with scripted() as script:
        script.held.add("mail")
        async with posting(database, script.port) as (house, post):
            await house.placed(cast)
            await read(house, post)
            await script.waits()
            asyncio.get_running_loop().call_later(0.05, script.go_on.set)

        assert await house.states() == [State.SENT]


async def test_a_mail_that_cannot_be_finished_in_time_is_left_in_doubt(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "GRACE_SECONDS", 0.05)
    async with scripted() as script:
        script.held.add("mail")
        async with posting(database, script.port) as (house, post):
            await house.placed(cast)
            await read(house, post)
            await script.waits()
        script.go_on.set()

        await house.alter(lease_until=now() - timedelta(seconds=1))
        await house.perform(outbox.lapse)
        assert await house.states() == [State.UNKNOWN]


async def test_a_database_that_stays_away_leaves_the_mail_in_doubt(
    database: Database,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(messages, "SETTLE_PAUSE_SECONDS", 0.01)

    def away(*_: object) -> bool:
        raise Unsaved("The database is away.")

    async with inbox() as kept, posting(database, kept.port) as (house, post):
        await house.placed(cast)
        monkeypatch.setattr(outbox, "settle", away)
        await read(house, post)
        await post.send((await house.mails())[0].id or 0)

        assert await house.states() == [State.SENDING]
    assert "will be listed as unknown" in caplog.text
    assert len(kept.mails) == 1


async def test_nobody_waits_for_lanes_that_have_stopped(database: Database) -> None:
    post = Post(Workplace.over(database))

    async with asyncio.TaskGroup() as tasks, asyncio.timeout(5):
        waiting = tasks.create_task(post.send(1))
        await asyncio.sleep(0)
        post.release()
        await waiting
