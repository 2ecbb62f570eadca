"""Another epoch, a fallen head, too far behind: all start over, none sees a false history."""

from dataclasses import replace

import pytest

from server.events import Head
from server.realtime.protocol import Close
from tests.realtime.guests import Pass
from tests.realtime.house import BLIND, QUICK, house
from tests.realtime.shelf import BAR, refuse


async def test_another_epoch_gives_everybody_a_snapshot() -> None:
    async with house() as bar:
        bar.door.passes["ana"] = Pass()
        _, board = await bar.board()
        await bar.place()
        await board.until(lambda b: b.offsets == [1])

        bar.shelf.restore(0, epoch="e2")
        bar.shelf.write(order=99)

        await board.until(lambda b: len(b.only("snapshot")) == 2)
        snapshot = board.messages[-1]
        assert (snapshot["epoch"], snapshot["offset"]) == ("e2", 1)
        assert [order["id"] for order in snapshot["orders"]] == ["ord_99"]
        await bar.place()
        await board.until(lambda b: b.offsets == [1, 2])


async def test_a_bell_of_an_old_epoch_does_not_bring_it_back() -> None:
    async with house() as bar:
        old = bar.shelf.write()
        bar.shelf.restore(0, epoch="e2")
        _, board = await bar.board()

        await bar.broker.publish(old)
        await bar.place()

        await board.until(lambda b: b.offsets == [1])
        assert board.only("event")[0]["order"]["version"] == 1
        assert len(board.only("snapshot")) == 1
        assert bar.hub.channels[BAR].ring.epoch == "e2"


async def test_a_head_lower_than_one_already_seen_is_reported_and_starts_over() -> None:
    async with house() as bar:
        bar.door.passes["ana"] = Pass()
        _, board = await bar.board()
        for _ in range(3):
            await bar.place()
        await board.until(lambda b: len(b.offsets) == 3)

        bar.shelf.restore(1, epoch="e1")  # a backup, with the epoch it had then

        await board.until(lambda b: b.messages[-1].get("epoch") == "e1+")
        assert bar.shelf.regressions == [(BAR, 3, 1)]
        assert board.messages[-1]["offset"] == 1
        assert bar.hub.counts.regressions == 1
        await bar.place()
        await board.until(lambda b: b.offsets == [1, 2, 3, 2])


async def test_a_regression_that_cannot_be_reported_still_gives_snapshots() -> None:
    async with house() as bar:
        _, board = await bar.board()
        await bar.place()
        await bar.place()
        await board.until(lambda b: len(b.offsets) == 2)

        bar.shelf.regressed = refuse  # type: ignore[method-assign, assignment]
        bar.shelf.restore(1, epoch="e1")

        await board.until(lambda b: len(b.only("snapshot")) == 2)
        assert board.messages[-1]["offset"] == 1


async def test_an_event_delivered_during_a_look_is_no_regression() -> None:
    async with house() as bar:
        _, board = await bar.board()

        def meanwhile(question: str) -> None:
            if question == "heads" and not board.offsets:
                bar.hub.receive(bar.shelf.write())  # after the database has answered

        bar.shelf.reading = meanwhile

        await board.until(lambda b: b.offsets == [1])
        looks = bar.shelf.asked["heads"]
        await board.until(lambda b: bar.shelf.asked["heads"] > looks + 1 and b.only("head"))
        assert bar.hub.counts.regressions == 0


async def test_too_far_behind_to_catch_up_means_a_snapshot() -> None:
    limits = replace(QUICK, page_events=10)
    async with house(limits) as bar:
        _, board = await bar.board()

        for _ in range(11):
            bar.shelf.write()

        await board.until(lambda b: len(b.only("snapshot")) == 2)
        assert board.offsets == []
        assert board.messages[-1]["offset"] == 11


@pytest.mark.parametrize("epoch", ["e1", "e2"])
async def test_an_answer_of_the_book_from_before_a_restart_is_dropped(epoch: str) -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()
        bar.shelf.write()

        def restored(question: str) -> None:
            if question == "since":
                bar.shelf.reading = lambda _: None
                bar.shelf.restore(0, epoch=epoch)
                bar.hub.channels[BAR].restart(Head(0, epoch, 0))

        bar.shelf.reading = restored
        await bar.place()

        await board.until(lambda b: len(b.only("snapshot")) == 2)
        assert board.offsets == []
        assert bar.hub.channels[BAR].ring.head == 0


async def test_after_another_epoch_everybodys_rights_are_asked_again() -> None:
    async with house() as bar:
        bar.door.passes["ben"] = None  # whom the older database does not know
        _, board = await bar.board(grant=Pass("ben"))

        bar.shelf.restore(0, epoch="e2")

        await board.until(lambda b: b.code == Close.SIGNED_OUT)
