"""Told to stop, a process brings the mail at hand to its end, or leaves it in honest doubt."""

import asyncio
from datetime import timedelta

import pytest

from server.clock import now
from server.db import Database
from server.jobs import messages
from server.messaging import outbox
from server.messaging.outbox import State
from tests.cast import Cast
from tests.jobs.posting import posting, read
from tests.postbox import scripted


async def test_told_to_stop_a_lane_finishes_the_mail_at_hand(
    database: Database, cast: Cast
) -> None:
    async with scripted() as script:
        script.held.add("mail")
        async with posting(database, script.port) as (house, post):
            await house.placed(cast)
            await read(house, post)
            await script.waiting.wait()
            asyncio.get_running_loop().call_later(0.05, script.go_on.set)

        assert await house.states() == [State.SENT]


async def test_a_mail_that_cannot_be_finished_in_time_is_left_in_doubt(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "GRACE_SECONDS", 0.05)
    async with scripted() as script:
        script.held.add("mail")
        async with posting(database, script.port) as (house, post):
            await house.placed(cast)
            await read(house, post)
            await script.waiting.wait()
        script.go_on.set()

        await house.alter(lease_until=now() - timedelta(seconds=1))
        await house.perform(outbox.lapse)
        assert await house.states() == [State.UNKNOWN]
