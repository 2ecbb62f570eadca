"""The whole state at one position: read once for all who ask, never older than the question."""

from dataclasses import replace

from tests.realtime.guests import Pass
from tests.realtime.house import BLIND, QUICK, house
from tests.realtime.shelf import BAR, Shelf, shelf_with


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
        bar.hub.channels[BAR].usher.picture = None

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
        await bar.board(epoch="e2", since=10)
        board.recover()

        await board.until(lambda b: b.messages[-1].get("epoch") == "e2")
        assert board.messages[-1]["offset"] == 10
        assert board.offsets == []
