"""One device, several pages, too little room: no tap is lost that was shown as waiting (F36)."""

import asyncio
from typing import Final

import pytest
from playwright.async_api import Request, expect

from tests.browser.boards import Board, Shop, Visit
from tests.browser.outages import arrived, chip, moves, off, on, sent
from tests.browser.serving import Wire

pytestmark = pytest.mark.browser

FULL: Final = """
() => {
  IDBObjectStore.prototype.add = () => { throw new DOMException('full', 'QuotaExceededError'); };
}
"""
PRIVATE: Final = """
IDBFactory.prototype.open = () => { throw new DOMException('no storage', 'InvalidStateError'); };
"""


async def test_two_pages_share_one_queue_and_each_tap_is_sent_once(
    visit: Visit, shop: Shop, wire: Wire
) -> None:
    cards = await shop.places(4)
    one = await visit.board(shop.location)
    two = Board(await one.page.context.new_page())
    await two.page.goto(one.page.url)
    await two.live()
    asked: list[str] = []

    def hear(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/advance"):
            asked.append(request.url)

    one.page.context.on("request", hear)
    await off(one, wire)
    await off(two, wire)
    for number, card in enumerate(cards):
        board = (one, two)[number % 2]
        await board.press(board.next(card))
        await expect(chip(two.page)).to_have_text(
            f"{number + 1} change{'s' * (number > 0)} waiting"
        )
    await expect(chip(one.page)).to_have_text("4 changes waiting")
    await expect(one.row(cards[1]).locator(".pill").first).to_have_text("Ready")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(on(one, wire))
        tasks.create_task(on(two, wire))

    await sent(one.page)
    await sent(two.page)
    assert [await moves(shop, card["id"]) for card in cards] == [["ready"]] * 4
    assert len(asked) == len(set(asked)) == 4


async def test_a_page_that_dies_between_tap_and_send_loses_nothing(
    visit: Visit, shop: Shop
) -> None:
    card = await shop.place()
    board = await visit.board(shop.location)
    held = asyncio.Event()
    await board.page.route("**/advance", lambda _: held.set())  # and never answers
    await board.press(board.next(card))
    await held.wait()
    context = board.page.context
    await board.page.close()
    assert await moves(shop, card["id"]) == []

    again = Board(await context.new_page())
    await again.page.goto(f"{visit.url}/board?location={shop.location}")

    await again.live()
    await expect(again.row(card).locator(".pill").first).to_have_text("Ready")
    await arrived(shop, card["id"], "ready")
    await sent(again.page)


async def test_a_full_device_says_so_and_takes_taps_only_with_a_connection(
    board: Board, shop: Shop, wire: Wire
) -> None:
    card, other = await shop.place("First"), await shop.place("Second")
    await expect(board.rows).to_have_count(2)
    await board.page.evaluate(FULL)

    await board.press(board.next(card))

    await board.settled(card)
    assert await moves(shop, card["id"]) == ["ready"]
    await expect(chip(board.page)).to_have_text("Cannot keep changes")
    await chip(board.page).click()
    await expect(board.page.locator("#outbox")).to_contain_text("its storage is full")
    await board.page.get_by_role("button", name="Close").click()
    await off(board, wire)
    await expect(board.page.locator("#banner")).to_contain_text("cannot keep changes")
    await expect(board.next(other)).to_be_disabled()
    await on(board, wire)
    await expect(board.next(other)).to_be_enabled()


async def test_a_tap_that_no_longer_fits_is_not_done_and_says_so(
    board: Board, shop: Shop, wire: Wire
) -> None:
    card = await shop.place()
    await expect(board.row(card)).to_be_visible()
    await off(board, wire)
    await board.page.evaluate(FULL)

    await board.press(board.next(card))

    await expect(board.row(card).locator(".note")).to_contain_text("cannot keep changes")
    await expect(board.row(card).locator(".pill").first).to_have_text("Pending")


async def test_a_browser_that_keeps_nothing_says_so_at_once(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    page = await visit.stranger()
    await page.add_init_script(PRIVATE)
    await visit.sign_in(page, f"/board?location={shop.location}")
    board = Board(page)
    await board.live()

    await expect(chip(page)).to_have_text("Cannot keep changes")

    await board.press(board.next(card))
    await board.settled(card)
    assert await moves(shop, card["id"]) == ["ready"]
