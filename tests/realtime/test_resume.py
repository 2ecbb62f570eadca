"""Coming back with a position: what was missed, or a snapshot; never a false history."""

from dataclasses import replace

import pytest

from tests.realtime.guests import Pass
from tests.realtime.house import BLIND, QUICK, house
from tests.realtime.shelf import BAR, shelf_with
from tests.realtime.sockets import up_to


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
            await board.until(up_to(300))
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
