"""Coming back with a position: what was missed, or a snapshot; never a false history."""

from dataclasses import replace

import pytest

from server.events import Head
from tests.realtime.house import BAR, BLIND, QUICK, SHOP, Pass, Shelf, asked, house


def shelf_with(events: int, *, floor: int = 0) -> Shelf:
    shelf = Shelf()
    for _ in range(events):
        shelf.write()
    shelf.forget(floor)
    return shelf


async def test_whoever_brings_no_position_gets_a_snapshot() -> None:
    async with house(BLIND, shelf_with(3)) as bar:
        _, board = await bar.board()

        welcome, snapshot = board.messages
        assert welcome["subscribed"] == BAR
        assert (welcome["epoch"], welcome["offset"], welcome["build"]) == ("e1", 3, "b1")
        assert welcome["rights"] == ["orders.read", "orders.move"]
        assert (snapshot["offset"], snapshot["part"], snapshot["of"]) == (3, 1, 1)
        assert [order["id"] for order in snapshot["orders"]] == ["ord_1", "ord_2", "ord_3"]
        assert snapshot["counts"] == {"pending": 1}


@pytest.mark.parametrize("since", [7, 9, 10])
async def test_what_was_missed_comes_in_order(since: int) -> None:
    async with house(BLIND, shelf_with(10)) as bar:
        connection, board = bar.connect()

        bar.say(connection, {"subscribe": BAR, "since": since, "epoch": "e1"})

        await board.until(lambda b: b.only("subscribed") and len(b.offsets) == 10 - since)
        assert board.messages[0]["offset"] == 10
        assert board.offsets == list(range(since + 1, 11))
        await bar.place()
        await board.until(lambda b: b.offsets[-1:] == [11])
        assert board.only("snapshot") == []


@pytest.mark.parametrize(
    ("since", "epoch"),
    [
        pytest.param(39, "e1", id="gap-over-a-page"),
        pytest.param(29, "e1", id="below-the-floor"),
        pytest.param(51, "e1", id="beyond-the-head"),
        pytest.param(45, "e0", id="another-epoch"),
        pytest.param(45, None, id="no-epoch"),
        pytest.param(0, "e1", id="from-the-start"),
    ],
)
async def test_a_position_that_proves_nothing_gets_a_snapshot(
    since: int, epoch: str | None
) -> None:
    limits = replace(QUICK, page_events=10)
    async with house(limits, shelf_with(50, floor=30)) as bar:
        _, board = await bar.board(since=since, epoch=epoch)

        assert board.only("snapshot")[0]["offset"] == 50
        assert board.offsets == []
        await bar.place()
        await board.until(lambda b: b.offsets == [51])


@pytest.mark.parametrize("since", [30, 40])
async def test_the_oldest_position_that_still_counts(since: int) -> None:
    limits = replace(BLIND, page_events=50 - since)
    async with house(limits, shelf_with(50, floor=30)) as bar:
        _, board = await bar.board(since=since, epoch="e1")

        await board.until(lambda b: len(b.offsets) == 50 - since)
        assert board.only("snapshot") == []


async def test_a_position_this_process_has_not_heard_of_yet_is_believed_after_a_look() -> None:
    async with house(BLIND, shelf_with(5)) as bar:
        await bar.board()
        bar.shelf.write()
        bar.shelf.write()  # another process has shown these, but its bells have not come

        _, board = await bar.board(since=7, epoch="e1")

        assert board.only("snapshot") == []
        assert board.messages[0]["offset"] == 7
        await bar.place()
        await board.until(lambda b: b.offsets == [8])


async def test_the_book_may_have_forgotten_more_than_we_know() -> None:
    async with house(BLIND, shelf_with(20)) as bar:
        await bar.board()
        bar.shelf.forget(15)

        _, board = await bar.board(since=12, epoch="e1")

        assert board.only("snapshot")[0]["offset"] == 20
        _, other = await bar.board(since=16, epoch="e1")
        await other.until(lambda o: o.offsets == [17, 18, 19, 20])


async def test_a_storm_of_returning_boards_costs_one_look_and_one_read() -> None:
    async with house(BLIND, shelf_with(300)) as bar:
        sockets = []
        for n in range(200):
            connection, board = bar.connect(Pass(f"cook {n}"))
            bar.say(connection, {"subscribe": BAR, "since": 100 + n, "epoch": "e1"})
            sockets.append(board)

        for n, board in enumerate(sockets):
            await board.until(lambda b, n=n: len(b.offsets) == 200 - n)
            assert board.offsets == list(range(101 + n, 301))
        assert bar.shelf.asked["since"] == 1
        assert bar.shelf.asked["snapshot"] == 0


async def test_boards_that_come_back_to_a_process_that_stayed_cost_nothing() -> None:
    async with house(BLIND) as bar:
        boards = [await bar.board() for _ in range(20)]
        for connection, _ in boards:
            connection.gone()
        for _ in range(5):
            await bar.place()
        bar.shelf.asked.clear()

        for _ in range(20):
            _, board = await bar.board(since=2, epoch="e1")
            await board.until(lambda b: b.offsets == [3, 4, 5])

        assert not bar.shelf.asked


async def test_many_who_need_a_snapshot_share_one() -> None:
    async with house(BLIND, shelf_with(30)) as bar:
        sockets = []
        for n in range(100):
            connection, board = bar.connect(Pass(f"cook {n}"))
            audience = ("staff", "display")[n % 2]
            bar.say(connection, {"subscribe": BAR, "audience": audience})
            sockets.append(board)

        for board in sockets:
            await board.until(lambda b: b.only("snapshot"))
        assert bar.shelf.asked["snapshot"] == 1
        _, late = await bar.board(audience="pickup")
        assert late.only("snapshot")
        assert bar.shelf.asked["snapshot"] == 1  # nothing has happened since


async def test_a_snapshot_is_never_older_than_the_question() -> None:
    async with house(BLIND, shelf_with(3)) as bar:
        _, first = await bar.board()
        await bar.place()
        await first.until(lambda f: f.offsets == [4])

        _, second = await bar.board()

        assert second.only("snapshot")[0]["offset"] == 4
        assert bar.shelf.asked["snapshot"] == 2


async def test_a_snapshot_tells_of_events_whose_bell_was_lost() -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board()
        bar.shelf.write()  # its bell is lost

        await bar.board()

        await board.until(lambda b: b.offsets == [1])


async def test_a_snapshot_from_the_past_is_asked_for_again() -> None:
    async with house(QUICK, shelf_with(3)) as bar:
        await bar.board()
        bar.hub.channels[BAR].usher.picture = None
        lagging = await bar.shelf.snapshot(BAR)
        real = bar.shelf.snapshot
        await bar.place()

        async def once(channel: str) -> object:
            bar.shelf.snapshot = real  # type: ignore[method-assign]
            return lagging

        bar.shelf.snapshot = once  # type: ignore[method-assign, assignment]
        _, board = await bar.board()

        assert [part["offset"] for part in board.only("snapshot")] == [4]


async def test_a_snapshot_that_the_ring_has_left_behind_is_asked_for_again() -> None:
    async with house(replace(QUICK, ring_events=10), shelf_with(3)) as bar:
        await bar.board()
        bar.hub.channels[BAR].usher.picture = None

        def meanwhile(question: str) -> None:
            if question == "snapshot":
                bar.shelf.reading = lambda _: None
                for _ in range(30):
                    bar.hub.receive(bar.shelf.write())

        bar.shelf.reading = meanwhile
        _, board = await bar.board()

        assert [part["offset"] for part in board.only("snapshot")] == [33]
        assert board.code is None


async def test_a_large_snapshot_comes_in_parts_that_fit() -> None:
    shelf = Shelf()
    for _ in range(400):
        shelf.write(note="x" * 600)
    async with house(BLIND, shelf) as bar:
        connection, board = bar.connect()
        largest = 0
        write = board.write

        def measured(run: bytes) -> None:
            nonlocal largest
            largest = max(largest, len(run))
            write(run)

        board.write = measured  # type: ignore[method-assign]
        bar.say(connection, {"subscribe": BAR})
        await board.until(lambda b: b.only("snapshot") and b.messages[-1].get("part") == 5)

        parts = board.only("snapshot")
        assert [(part["part"], part["of"]) for part in parts] == [(n, 5) for n in range(1, 6)]
        assert sum(len(part["orders"]) for part in parts) == 400
        assert 60_000 < largest <= 64 * 1024


async def test_a_stalled_socket_gets_the_rest_of_its_snapshot_and_what_came_meanwhile() -> None:
    shelf = Shelf()
    for _ in range(400):
        shelf.write(note="x" * 600)
    async with house(BLIND, shelf) as bar:
        connection, board = bar.connect()
        board.room = 100_000
        bar.say(connection, {"subscribe": BAR})
        await board.until(lambda b: not b.ready)
        assert 0 < len(board.only("snapshot")) < 5

        await bar.place()
        assert board.offsets == []
        board.recover()

        await board.until(lambda b: b.offsets == [401])
        assert [part["part"] for part in board.only("snapshot")] == [1, 2, 3, 4, 5]


async def test_an_epoch_change_amid_a_snapshot_starts_another() -> None:
    shelf = Shelf()
    for _ in range(400):
        shelf.write(note="x" * 600)
    async with house(QUICK, shelf) as bar:
        connection, board = bar.connect()
        board.room = 100_000
        bar.say(connection, {"subscribe": BAR})
        await board.until(lambda b: not b.ready)

        bar.shelf.restore(10, epoch="e2")
        _, other = await bar.board(epoch="e2", since=10)
        board.recover()

        await board.until(lambda b: b.messages[-1].get("epoch") == "e2")
        assert board.messages[-1]["offset"] == 10
        assert board.offsets == []


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
        position = {"since": 4, "epoch": "e1"} if question == "since" else {}
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
