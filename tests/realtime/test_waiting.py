"""Subscribing while the database is away, hangs, or changes its mind."""

from dataclasses import replace
from typing import Any

import pytest

from server.events import Head
from tests.realtime.house import BLIND, QUICK, house
from tests.realtime.shelf import BAR, SHOP, asked, shelf_with


async def test_an_absent_channel_is_answered_like_a_forbidden_one() -> None:
    async with house() as bar:
        absent, unseen = bar.connect()
        bar.say(absent, {"subscribe": "location:404"})
        await unseen.until(lambda s: s.code)

        forbidden, refused = bar.connect()
        bar.say(forbidden, {"subscribe": "location:1"})

        assert (unseen.code, unseen.messages) == (refused.code, refused.messages) == (4501, [])
        assert bar.hub.channels == {}


async def test_a_channel_that_disappears_closes_its_sockets() -> None:
    async with house() as bar:
        _, board = await bar.board()

        del bar.shelf.streams[BAR]

        await board.until(lambda b: b.code == 4501)


async def test_while_the_database_is_away_subscribers_wait() -> None:
    async with house() as bar:
        bar.shelf.failing = True
        connection, board = bar.connect()
        bar.say(connection, {"subscribe": BAR})
        await asked(bar.shelf, "heads", 2)
        assert board.messages == []

        bar.shelf.failing = False

        await board.until(lambda b: b.only("snapshot"))


async def test_a_snapshot_that_cannot_be_read_is_asked_for_again() -> None:
    async with house() as bar:
        await bar.board()
        bar.hub.channels[BAR].usher.picture = None
        bar.shelf.failing = True
        connection, board = bar.connect()
        bar.say(connection, {"subscribe": BAR})
        await asked(bar.shelf, "snapshot", 3)

        bar.shelf.failing = False

        await board.until(lambda b: b.only("snapshot"))


async def test_a_database_that_hangs_is_not_waited_for_for_ever() -> None:
    async with house(replace(QUICK, patience_seconds=0.05)) as bar:
        await bar.board()
        bar.hub.channels[BAR].usher.picture = None
        bar.shelf.open.clear()
        connection, board = bar.connect()
        bar.say(connection, {"subscribe": BAR})
        await asked(bar.shelf, "snapshot", 3)

        bar.shelf.open.set()

        await board.until(lambda b: b.only("snapshot"))


async def test_whoever_leaves_while_waiting_is_not_served() -> None:
    async with house(BLIND) as bar:
        bar.shelf.open.clear()
        gone, nobody = bar.connect()
        back, board = bar.connect()
        bar.say(gone, {"subscribe": BAR})
        bar.say(back, {"subscribe": BAR, "audience": "display"})
        bar.say(back, {"subscribe": BAR, "audience": "staff"})  # changed their mind
        gone.gone()

        bar.shelf.open.set()

        await board.until(lambda b: b.only("snapshot"))
        assert nobody.messages == []
        assert len(board.only("subscribed")) == 1
        assert "counts" in board.messages[-1]


async def test_if_everybody_leaves_meanwhile_the_answer_is_for_nobody() -> None:
    async with house(BLIND) as bar:
        await bar.board()
        bar.hub.channels[BAR].usher.picture = None
        bar.shelf.open.clear()
        connection, _ = bar.connect()
        bar.say(connection, {"subscribe": BAR})
        await asked(bar.shelf, "snapshot", 2)
        connection.gone()

        bar.shelf.open.set()

        _, late = await bar.board()
        assert late.only("snapshot")


@pytest.mark.parametrize("question", ["since", "snapshot"])
async def test_an_answer_for_an_epoch_gone_by_is_asked_again(question: str) -> None:
    async with house(BLIND, shelf_with(9)) as bar:
        await bar.board()
        bar.hub.channels[BAR].usher.picture = None

        def restored(answered: str) -> None:
            if answered == question:
                bar.shelf.reading = lambda _: None
                bar.shelf.restore(2, epoch="e2")
                bar.hub.channels[BAR].looked(Head(2, "e2", 0), 9)

        bar.shelf.reading = restored
        position: dict[str, Any] = {"since": 4, "epoch": "e1"} if question == "since" else {}
        _, board = await bar.board(**position)

        assert [part["epoch"] for part in board.only("snapshot")] == ["e2"]
        assert board.only("subscribed")[0]["epoch"] == "e2"


async def test_after_a_fallen_head_the_waiting_are_not_forgotten() -> None:
    async with house(QUICK, shelf_with(9)) as bar:
        await bar.board()
        bar.hub.channels[BAR].usher.picture = None
        bar.shelf.open.clear()
        connection, board = bar.connect()
        bar.say(connection, {"subscribe": BAR})
        await asked(bar.shelf, "snapshot", 2)

        bar.shelf.restore(2, epoch="e1")
        bar.shelf.open.set()

        await board.until(lambda b: b.only("snapshot") and b.messages[-1].get("epoch") == "e1+")
        assert board.messages[-1]["offset"] == 2


async def test_a_page_of_another_build_is_told_to_reload() -> None:
    async with house() as bar:
        connection, board = bar.connect()

        bar.say(connection, {"subscribe": BAR, "build": "b0"})

        assert board.code == 4503
        _, same = await bar.board(build="b1")
        assert same.code is None


async def test_a_socket_that_recovers_while_it_waits_for_another_channel() -> None:
    async with house(BLIND) as bar:
        connection, board = await bar.board()
        bar.shelf.open.clear()
        bar.say(connection, {"subscribe": SHOP})
        board.stall()
        await bar.place()

        board.recover()

        assert board.offsets == [1]
        bar.shelf.open.set()
        await board.until(lambda b: len(b.only("snapshot")) == 2)
