"""An order on every open board: real processes, real sockets, on either database."""

import time
from contextlib import AsyncExitStack
from typing import Any, Final

from tests.flow.board import Board
from tests.flow.fixtures import Tell
from tests.flow.house import House
from tests.flow.planted import EMAIL, SPOKEN, planted
from tests.flow.shop import Card, Shop, granted

AUDIENCES: Final = ("staff", "display", "pickup")
AT_ONCE_SECONDS: Final = 5.0  # generous: the machine may be busy


async def boards(home: House, opened: AsyncExitStack, location: int) -> list[Board]:
    """Two boards of each audience, every frame held against the description."""
    made = [home.board(location, audience, checked=True) for audience in AUDIENCES * 2]
    return [await opened.enter_async_context(board) for board in made]


async def test_an_order_stands_on_every_open_board_of_its_location(
    home: House, shop: Shop, opened: AsyncExitStack, tell: Tell
) -> None:
    watching = await boards(home, opened, home.cast.bar)
    elsewhere = await opened.enter_async_context(home.board(home.cast.kitchen))

    start = time.monotonic()
    card = await shop.place(home.cast.bar, **planted(1))
    for board in watching:
        await board.until(lambda b: card["id"] in b.cards, AT_ONCE_SECONDS)
    tell(f"asked to place → on {len(watching)} boards: {(time.monotonic() - start) * 1000:.0f} ms")

    other = await shop.place(home.cast.kitchen, source="uber_eats")
    await elsewhere.until(lambda b: other["id"] in b.cards, AT_ONCE_SECONDS)
    assert [shown.thing for shown in elsewhere.shown] == [other["id"]]
    assert all(other["id"] not in board.cards for board in watching)


async def test_a_move_by_one_is_seen_by_the_others(
    home: House, shop: Shop, opened: AsyncExitStack
) -> None:
    watching = await boards(home, opened, home.cast.bar)
    card = await shop.place(home.cast.bar)

    moved = await shop.move(card, "ready")

    for board in watching:
        await board.until(lambda b: stage_of(b, card) == "ready", AT_ONCE_SECONDS)
        assert board.cards[card["id"]]["version"] == moved["version"]
    assert watching[0].cards[card["id"]] == moved


async def test_whatever_happens_every_board_sees_it_once_in_order_and_ends_as_the_database(
    home: House, shop: Shop, opened: AsyncExitStack
) -> None:
    watching = await boards(home, opened, home.cast.store)
    start = watching[0].position.offset

    await everything(shop, home.cast.store)

    truth = await home.truth(home.cast.store, "staff")
    assert truth.offset > start + 10
    for board in watching:
        await board.until(lambda b: b.position.offset == truth.offset)
        assert (
            board.faults() + board.differences(await home.truth(home.cast.store, board.audience))
            == []
        )
    every = list(range(start + 1, truth.offset + 1))
    assert [board.offsets == every for board in watching] == [True, False, False] * 2
    for one, same in zip(watching[:3], watching[3:], strict=True):
        assert [(s.offset, s.thing, s.at) for s in one.shown] == [
            (s.offset, s.thing, s.at) for s in same.shown
        ]


async def everything(shop: Shop, location: int) -> None:
    """One of each thing that can happen at a shop, with contact data wherever it fits."""
    kept, sent, undone, dropped = [await shop.place(location, **paid(n)) for n in range(4)]
    await shop.move(sent, "shipped", courier="Post", tracking="XY 765 4321")
    await shop.move(sent, "completed")
    await shop.move(undone, "ready_for_pickup")
    granted(await shop.ask("POST", f"/orders/{undone['id']}/undo", {}), 200)
    told = {"reason": "out_of_stock", "message": SPOKEN}
    await shop.move(dropped, "cancelled", **told, seen=dropped["version"])
    changed = {"customer": {"name": f"Mario {EMAIL}"}, "instructions": SPOKEN, "prep_minutes": 9}
    granted(await shop.ask("PATCH", f"/orders/{kept['id']}", changed, if_match='"1"'), 200)
    busy = {"state": "busy", "minutes": 5, "reason": SPOKEN}
    granted(await shop.ask("PUT", f"/locations/{location}/status", busy), 200)
    await shop.place(location, **paid(5))
    granted(await shop.ask("PUT", f"/locations/{location}/status", {"state": "open"}), 200)


def paid(number: int) -> dict[str, Any]:
    return {**planted(number), "payment": {"method": "card", "state": "done"}}


def stage_of(board: Board, card: Card) -> str | None:
    shown: str | None = board.cards.get(card["id"], {}).get("stage")
    return shown
