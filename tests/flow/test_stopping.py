"""A stop in good order: every board is told to come back, and nobody waits for long."""

import time
from contextlib import AsyncExitStack
from typing import Final

from server.people import keys
from tests.flow.fixtures import Tell
from tests.flow.house import House

SOCKETS: Final = 50
STOP_SECONDS: Final = 10.0
COME_BACK: Final = {1001, 1012, 4002}


async def test_a_stop_with_open_boards_is_quick_and_they_all_come_back(
    home: House, opened: AsyncExitStack, tell: Tell
) -> None:
    token = await home.database.write(lambda s: keys.create(s, home.cast.harbour, name="Stop"))
    key = {"Authorization": f"Bearer {token}"}
    boards = [home.board(home.cast.festival, headers=key) for _ in range(SOCKETS)]
    for board in boards:
        await opened.enter_async_context(board)

    start = time.monotonic()
    try:
        status = await home.stop_web()
    finally:
        stopped = time.monotonic() - start
        home.web.start()

    tell(f"stopped with {SOCKETS} boards after {stopped:.1f} s")
    assert status == 0, home.web.said()
    assert stopped <= STOP_SECONDS
    for board in boards:
        await board.until(lambda b: b.connects == 2)
        assert len(board.closes) == 1
        assert board.closes[0] in COME_BACK
    async with home.shop() as shop:
        card = await shop.place(home.cast.festival)
    for board in boards:
        await board.until(lambda b: card["id"] in b.cards)
        assert board.snapshots == 1
        assert board.faults() == []
