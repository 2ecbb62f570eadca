"""A cancellation that was taken back is never told, whichever way the news travels."""

from datetime import timedelta

import pytest

from server.clock import now
from server.db import Database
from server.jobs.follow import Follow
from server.jobs.messages import Post
from server.messaging import outbox
from server.messaging.outbox import State
from tests.cast import Cast
from tests.postbox import inbox
from tests.workplace import Workplace, working


async def told_after_undo(database: Database, cast: Cast, *, undo_is_read: bool) -> list[str]:
    """The subjects of all mail that a customer gets, whose order was cancelled by mistake."""
    async with inbox() as kept:
        house = Workplace.over(database, smtp_url=f"smtp://127.0.0.1:{kept.port}")
        post = Post(house)
        order = await house.placed(cast)
        await house.cancelled(cast, order)
        await Follow(house, nobody).turn()
        await house.undone(cast, order)
        if undo_is_read:
            await Follow(house, nobody).turn()
        await house.alter(not_before=now() - timedelta(seconds=1))
        async with working(post.run):
            for mail in await house.mails():
                await post.send(mail.id or 0)
    return [mail["Subject"].partition(":")[0] for mail in kept.mails]


async def nobody(_: object) -> None:
    """Hears of new rows and does nothing."""


@pytest.mark.parametrize("undo_is_read", [True, False])
async def test_an_undone_cancellation_is_not_told(
    database: Database, cast: Cast, undo_is_read: bool
) -> None:
    subjects = await told_after_undo(database, cast, undo_is_read=undo_is_read)

    assert len(subjects) == 1
    assert subjects[0].startswith("Order")
    assert (await Workplace.over(database).states())[1] == State.SKIPPED


async def test_without_the_protection_it_would_be_told(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "taken_back", lambda *_: False)

    subjects = await told_after_undo(database, cast, undo_is_read=False)

    assert "Cancelled" in subjects
