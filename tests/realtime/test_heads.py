"""What every socket is told every few seconds: the heads, and how old our look at them is."""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

from server.realtime.protocol import Close
from tests.realtime.guests import Pass
from tests.realtime.house import BLIND, QUICK, house
from tests.realtime.shelf import BAR, SHOP
from tests.realtime.sockets import FakeSocket


async def test_heads_come_from_the_database() -> None:
    async with house() as bar:
        connection, board = await bar.board()
        bar.say(connection, {"subscribe": SHOP})
        for _ in range(3):
            await bar.place()

        await board.until(lambda b: (b.only("head") or [{}])[-1].get("head") == {BAR: 3, SHOP: 0})

        told = board.only("head")[-1]
        assert 0 <= told["db_age_ms"] < 1_000
        assert told["now"].endswith("Z")


async def test_when_the_database_goes_away_everybody_hears_it_at_once_and_again() -> None:
    limits = replace(QUICK, head_seconds=3600, stale_seconds=0.2)
    async with house(limits) as bar:
        boards = [(await bar.board())[1] for _ in range(3)]

        bar.shelf.failing = True
        for board in boards:
            await board.until(
                lambda b: (b.only("head") or [{"db_age_ms": 0}])[-1]["db_age_ms"] >= 200
            )
        bar.shelf.failing = False

        for board in boards:
            await board.until(lambda b: b.only("head")[-1]["db_age_ms"] < 200)


async def test_with_the_database_away_the_age_grows_and_bells_still_deliver() -> None:
    async with house() as bar:
        _, board = await bar.board()
        bar.shelf.failing = True

        await bar.broker.publish(bar.shelf.write())

        await board.until(lambda b: b.offsets == [1])
        await board.until(lambda b: (b.only("head") or [{"db_age_ms": 0}])[-1]["db_age_ms"] > 300)
        assert board.only("head")[-1]["head"] == {BAR: 0}  # as of the last look that succeeded


async def test_a_database_that_hangs_shows_as_age_too() -> None:
    async with house() as bar:
        _, board = await bar.board()

        bar.shelf.open.clear()

        await board.until(lambda b: (b.only("head") or [{"db_age_ms": 0}])[-1]["db_age_ms"] > 300)
        bar.shelf.open.set()


async def test_the_sockets_are_spread_over_the_beats() -> None:
    async with house(replace(BLIND, beat_seconds=1.0, head_seconds=5.0)) as bar:
        for n in range(50):
            bar.connect(Pass(f"cook {n}"))

        assert [len(spoke) for spoke in bar.hub.pulse.wheel] == [10] * 5


async def test_a_socket_without_a_place_is_told_no_heads() -> None:
    async with house(replace(QUICK, hello_seconds=3600)) as bar:
        _, silent = bar.connect()
        _, board = await bar.board()

        await board.until(lambda b: len(b.only("head")) >= 3)

        assert silent.messages == []


async def test_heads_of_the_same_channels_are_encoded_once() -> None:
    async with house(replace(BLIND, head_seconds=1.0, beat_seconds=1.0)) as bar:
        sockets = [(await bar.board(grant=Pass(f"cook {n}")))[1] for n in range(20)]

        bar.hub.pulse.tell_heads()

        assert all(len(socket.only("head")) == 1 for socket in sockets)
        assert len({socket.messages[-1]["now"] for socket in sockets}) == 1


async def test_a_channel_nobody_comes_back_to_is_forgotten() -> None:
    async with house(replace(QUICK, linger_seconds=0.2)) as bar:
        connection, _ = await bar.board()
        _, other = await bar.board(SHOP)

        connection.gone()
        assert BAR in bar.hub.channels

        await other.until(lambda o: BAR not in bar.hub.channels and o.only("head"))
        assert SHOP in bar.hub.channels


async def test_a_picture_is_not_kept_for_long() -> None:
    async with house(BLIND) as bar:
        await bar.board()
        usher = bar.hub.channels[BAR].usher
        assert usher.picture

        usher.tidy(usher.picture.painted_at + 4)
        assert usher.picture
        usher.tidy(usher.picture.painted_at + 6)

        assert usher.picture is None


async def test_whoever_waits_for_a_look_may_give_up() -> None:
    async with house(BLIND) as bar:
        bar.shelf.open.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await bar.hub.lookout.fresh()

        bar.shelf.open.set()

        await bar.hub.lookout.fresh()
        assert not bar.hub.lookout.asking


async def test_a_channel_forgotten_during_a_look_stays_forgotten() -> None:
    async with house(BLIND) as bar:
        await bar.board()
        bar.shelf.reading = lambda _: bar.hub.forget(BAR)

        await bar.hub.lookout.fresh()

        assert bar.hub.channels == {}


async def test_how_late_the_loop_is_can_be_seen() -> None:
    async with house() as bar:
        _, board = await bar.board()

        time.sleep(0.5)  # noqa: ASYNC251  # the loop is blocked

        await board.until(lambda _: bar.hub.tick.worst > 0.2)


async def test_at_the_end_every_socket_is_told_to_come_back() -> None:
    async with house() as bar:
        _, board = await bar.board()
        hub = bar.hub
        bar.shelf.open.clear()
        waiting, unserved = bar.connect()
        bar.say(waiting, {"subscribe": SHOP})

    assert board.code == unserved.code == Close.MOVING
    late = FakeSocket()
    hub.connect(Pass(), late)
    assert late.code == Close.MOVING
    assert hub.connections == {}
    assert hub.channels == {}
