"""Every offset once, in order, without a gap, whatever the bell does."""

import asyncio
from dataclasses import replace

import pytest

from server.events import Head
from tests.realtime.house import BAR, BLIND, QUICK, SECRET, SHOP, house


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


async def test_another_epoch_gives_everybody_a_snapshot() -> None:
    async with house() as bar:
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

        bar.shelf.regressed = refuse  # type: ignore[method-assign]
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


async def test_a_burst_larger_than_the_ring_loses_nothing() -> None:
    async with house(replace(BLIND, ring_events=20)) as bar:
        _, board = await bar.board()

        await bar.broker.publish(*[bar.shelf.write() for _ in range(100)])

        await board.until(lambda b: len(b.offsets) == 100)
        assert board.offsets == list(range(1, 101))


async def test_each_event_is_encoded_once_for_each_audience_that_watches() -> None:
    async with house(BLIND) as bar:
        boards = [(await bar.board())[1] for _ in range(5)]
        displays = [(await bar.board(audience="display"))[1] for _ in range(5)]
        bar.views.made.clear()

        await bar.place()

        for socket in boards + displays:
            await socket.until(lambda s: s.offsets == [1])
        assert bar.views.made == {"staff": 1, "display": 1}


async def test_displays_and_pickup_screens_see_no_contact_data() -> None:
    async with house(BLIND) as bar:
        bar.shelf.write()
        _, display = await bar.board(audience="display")
        _, pickup = await bar.board(audience="pickup")

        await bar.place()

        for socket in (display, pickup):
            await socket.until(lambda s: s.offsets == [2])
            assert SECRET not in str(socket.messages)
            assert "counts" not in socket.messages[-1]
            assert "counts" not in socket.only("snapshot")[0]
        assert display.messages[-1]["by"]["name"] == "Ana"
        assert "by" not in pickup.messages[-1]


async def test_offsets_an_audience_may_not_see_are_skipped_by_number() -> None:
    async with house(BLIND) as bar:
        _, pickup = await bar.board(audience="pickup")

        await bar.broker.publish(
            bar.shelf.write(),
            bar.shelf.write(staff_only=True),
            bar.shelf.write(staff_only=True),
            bar.shelf.write(),
            bar.shelf.write(staff_only=True),
        )

        await pickup.until(lambda p: len(p.only("skip")) == 2)
        assert pickup.offsets == [1, 4]
        assert pickup.only("skip") == [
            {"skip": BAR, "from": 2, "to": 3},
            {"skip": BAR, "from": 5, "to": 5},
        ]


async def test_what_cannot_be_shown_ends_the_socket_and_not_the_channel() -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()
        _, display = await bar.board(audience="display")

        await bar.place(broken=True)
        await bar.place()

        await board.until(lambda b: b.offsets == [1, 2])
        await display.until(lambda d: d.code == 1011)
        assert display.offsets == []


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


async def test_many_events_of_one_moment_are_one_write() -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()
        before = board.writes

        await bar.broker.publish(*[bar.shelf.write() for _ in range(40)])

        await board.until(lambda b: len(b.offsets) == 40)
        assert board.writes == before + 1


async def test_one_write_holds_no_more_than_its_bound() -> None:
    async with house(replace(BLIND, write_bytes=2_000)) as bar:
        _, board = await bar.board(audience="pickup")
        before = board.writes

        events = [bar.shelf.write(staff_only=bool(n % 3)) for n in range(40)]
        await bar.broker.publish(*events)

        await board.until(lambda b: b.messages[-1].get("to") == 39 or b.offsets[-1:] == [40])
        assert board.writes > before + 1
        assert board.offsets == list(range(1, 41, 3))


@pytest.mark.parametrize(("cost", "rest"), [(0.0, 0.0), (0.004, 0.012), (0.5, 0.025)])
async def test_a_channel_rests_three_times_as_long_as_its_flush_took(
    cost: float, rest: float
) -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()
        now = 1000.0

        def clock() -> float:
            nonlocal now
            now += cost  # a flush asks when it begins and when it has ended
            return now

        bar.hub.clock = clock
        channel = bar.hub.channels[BAR]
        channel.flush()

        assert channel.rests_until - now == pytest.approx(rest)
        bar.hub.clock = asyncio.get_running_loop().time
        channel.rests_until = 0.0
        await bar.place()
        await board.until(lambda b: b.offsets == [1])


async def test_during_its_rest_a_channel_collects() -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()
        channel = bar.hub.channels[BAR]
        channel.rests_until = bar.hub.clock() + 0.05
        before = board.writes

        for _ in range(5):
            await bar.place()
            await asyncio.sleep(0)

        assert board.writes == before
        await board.until(lambda b: len(b.offsets) == 5)
        assert board.writes == before + 1


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


async def refuse(*_: object) -> None:
    """A database that is away."""
    raise ConnectionError("the database is away")
