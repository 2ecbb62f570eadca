"""Every offset once, in order, without a gap, whatever the bell does."""

import asyncio
import inspect
from dataclasses import replace

import pytest

from tests.realtime.house import BLIND, house
from tests.realtime.shelf import BAR, SHOP, refuse


async def test_an_order_is_heard_at_once() -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()

        await bar.place()

        await board.until(lambda b: b.offsets == [1])
        event = board.messages[-1]
        assert event["order"]["id"] == "ord_1"
        assert event["by"] == {"name": "Ana", "device": None}
        assert event["counts"] == {"pending": 1}


async def test_a_gap_is_read_from_the_book_first() -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()
        await bar.place()
        bar.shelf.write()  # its bell is lost

        await bar.place()

        await board.until(lambda b: b.offsets == [1, 2, 3])
        assert bar.hub.counts.gaps == 1


async def test_repeated_and_reordered_bells_change_nothing() -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()
        events = [bar.shelf.write() for _ in range(4)]

        for index in (1, 0, 0, 3, 2, 1, 3):
            await bar.broker.publish(events[index])

        await board.until(lambda b: len(b.offsets) >= 4)
        await bar.place()
        await board.until(lambda b: len(b.offsets) >= 5)
        assert board.offsets == [1, 2, 3, 4, 5]


async def test_a_bell_that_lies_about_the_future_is_forgiven() -> None:
    async with house() as bar:
        _, board = await bar.board()
        event = bar.shelf.write()

        await bar.broker.publish(replace(event, offset=3))
        await bar.broker.publish(replace(event, offset=10**9))

        await board.until(lambda b: b.offsets == [1])
        await bar.place()
        await board.until(lambda b: b.offsets == [1, 2] and len(b.only("head")) >= 2)
        assert bar.shelf.asked["since"] <= 3


async def test_without_any_bell_the_look_at_the_database_delivers() -> None:
    async with house() as bar:
        _, board = await bar.board()

        bar.shelf.write()

        await board.until(lambda b: b.offsets == [1])


async def test_control_without_bell_and_look_nothing_is_heard() -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()

        bar.shelf.write()

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await board.until(lambda b: b.offsets)


async def test_channels_do_not_mix() -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board(BAR)
        connection, both = await bar.board(BAR)
        bar.say(connection, {"subscribe": SHOP})
        await both.until(lambda b: len(b.only("subscribed")) == 2)

        await bar.place(SHOP)
        await bar.place(BAR)

        await board.until(lambda b: b.offsets == [1])
        await both.until(lambda b: len(b.offsets) == 2)
        assert [m["channel"] for m in both.only("event")] == [SHOP, BAR]
        assert board.only("event")[0]["channel"] == BAR


async def test_a_channel_that_is_unsubscribed_is_silent() -> None:
    async with house(BLIND) as bar:
        connection, board = await bar.board()
        _, other = await bar.board()

        bar.say(connection, {"unsubscribe": BAR})
        bar.say(connection, {"unsubscribe": BAR})
        await bar.place()

        await other.until(lambda o: o.offsets == [1])
        assert board.offsets == []


async def test_reading_the_book_may_fail_and_is_tried_again() -> None:
    async with house() as bar:
        _, board = await bar.board()
        bar.shelf.write()
        real, bar.shelf.since = bar.shelf.since, refuse  # type: ignore[method-assign, assignment]
        await bar.place()
        await asyncio.sleep(0)  # the reader has tried

        bar.shelf.since = real  # type: ignore[method-assign]

        await board.until(lambda b: b.offsets == [1, 2])


async def test_bells_that_come_while_the_book_is_read_are_not_shown_twice() -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()
        events = [bar.shelf.write() for _ in range(3)]

        def meanwhile(question: str) -> None:
            if question == "since":
                for event in (events[0], events[1]):
                    bar.hub.receive(event)

        bar.shelf.reading = meanwhile
        await bar.broker.publish(events[2])

        await board.until(lambda b: b.offsets == [1, 2, 3])


async def test_nothing_is_asked_of_the_database_for_a_channel_nobody_watches() -> None:
    async with house(BLIND) as bar:
        await bar.place()
        bar.hub.rumour(BAR, "e1", 5)

        assert bar.hub.channels == {}
        assert bar.shelf.asked["since"] == 0


async def test_a_socket_hears_nothing_after_it_is_gone() -> None:
    async with house(BLIND) as bar:
        connection, board = await bar.board()
        _, other = await bar.board()

        connection.gone()
        connection.gone()
        await bar.place()

        await other.until(lambda o: o.offsets == [1])
        assert board.offsets == []
        assert len(bar.hub.connections) == 1


async def test_a_hub_that_stops_begins_nothing_more() -> None:
    async def idle() -> None:
        """What would not be awaited."""

    async with house() as bar:
        work = idle()
        bar.hub.stop()

        bar.hub.spawn(work)

        assert inspect.getcoroutinestate(work) == inspect.CORO_CLOSED
