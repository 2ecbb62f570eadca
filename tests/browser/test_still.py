"""Nothing moves under a finger, and nothing that has not changed is touched (UI L1, L3)."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.boards import Board, Shop, Visit
from tests.browser.figures import Figures

pytestmark = pytest.mark.browser

HELD_SHIFT = 0.01
FREE_SHIFT = 0.05
MOVED_PIXELS = 0.5

WATCH_SHIFTS = """
() => {
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
  }).observe({ type: 'layout-shift' });
}
"""
WATCH_ROWS = """
() => {
  window.touched = [];
  new MutationObserver((records) => {
    for (const { target } of records) {
      const row = target.closest?.('.row') ?? target.parentElement?.closest('.row');
      if (row && !target.closest?.('.row__age') && !target.parentElement?.closest('.row__age')) {
        window.touched.push(row.dataset.key);
      }
    }
  }).observe(document.getElementById('orders'), {
    subtree: true, childList: true, attributes: true, characterData: true,
  });
}
"""


async def test_fifty_events_do_not_move_a_held_list(
    board: Board, shop: Shop, figures: Figures
) -> None:
    cards = await shop.places(12)
    await expect(board.rows).to_have_count(12)
    await board.page.wait_for_timeout(600)  # the shifts of arrival are not what is measured
    pointed = board.row(cards[3])
    await pointed.hover()
    await board.page.evaluate(WATCH_SHIFTS)
    before = await pointed.bounding_box()

    async with asyncio.TaskGroup() as tasks:
        pointing = tasks.create_task(jiggle(board, before))
        await fifty_events(shop, cards)
        await expect(board.page.locator("#waiting")).to_have_text("20 new orders, 9 moved on")
        pointing.cancel()

    after = await pointed.bounding_box()
    assert before
    assert after
    moved = abs(after["y"] - before["y"])
    shifted = await board.page.evaluate("window.shifts")
    figures.note("L1 held list: row under the pointer moved, px", moved)
    figures.note("L1 held list: layout shift of 50 events", shifted)
    assert moved <= MOVED_PIXELS
    assert shifted <= HELD_SHIFT


async def fifty_events(shop: Shop, cards: list[dict[str, Any]]) -> None:
    """20 newcomers, 21 set to Ready, 9 of these then fulfilled."""
    new = await shop.places(20)
    ready = [await shop.move(card, "ready") for card in cards + new[:9]]
    for card in ready[:9]:
        await shop.move(card, "fulfilled")


async def jiggle(board: Board, box: Any) -> None:
    """A hand that rests on a row."""
    while True:
        for x in (400, 402):
            await board.page.mouse.move(x, box["y"] + 20)
            await asyncio.sleep(0.3)


async def test_fifty_events_hardly_move_a_free_list(
    board: Board, shop: Shop, figures: Figures
) -> None:
    cards = await shop.places(12)
    await expect(board.rows).to_have_count(12)
    await board.leave()
    await board.page.wait_for_timeout(2_000)  # until nobody is at the list any more
    await board.page.evaluate(WATCH_SHIFTS)

    new = await shop.places(30)
    for card in cards + new[:8]:
        await shop.move(card, "ready")

    await expect(board.rows).to_have_count(42)
    shifted = await board.page.evaluate("window.shifts")
    figures.note("L1 free list: layout shift of 50 events", shifted)
    assert shifted <= FREE_SHIFT


async def test_a_press_counts_for_the_row_it_began_on(visit: Visit, shop: Shop) -> None:
    card = await shop.place("Pressed")
    board = await visit.board(shop.location, "&sort=-placed_at")
    await board.page.wait_for_timeout(400)
    await board.next(card).hover()

    await board.page.mouse.down()
    above = await shop.places(20)
    await expect(board.page.locator("#waiting")).to_have_text("20 new orders")
    await board.page.mouse.up()

    await expect(board.row(card).locator(".pill").first).to_have_text("Ready")
    stages = [(await shop.get(f"/orders/{other['id']}"))["stage"] for other in above]
    assert set(stages) == {"pending"}


async def test_typing_in_the_search_box_is_left_alone(
    board: Board, shop: Shop, figures: Figures
) -> None:
    still = await shop.place("Guest Still")
    moved = await shop.place("Guest Moved")
    await expect(board.rows).to_have_count(2)
    await expect(board.page.locator("[data-fresh]")).to_have_count(0)
    await board.page.locator("#q").fill("guest")
    await board.page.keyboard.press("ArrowLeft")
    await board.page.evaluate(WATCH_ROWS)

    for to in ("ready", "pending") * 5:
        match = (await shop.get(f"/orders/{moved['id']}"))["version"]
        await shop.move(moved, to, seen=match)
    await shop.places(40)

    await expect(board.rows).to_have_count(42)
    focus = "(() => [document.activeElement.id, q.selectionStart, q.value])()"
    assert await board.page.evaluate(focus) == ["q", 4, "guest"]
    touched = await board.page.evaluate("window.touched")
    figures.note("L3 changes seen in rows whose order did not change", touched.count(still["id"]))
    assert touched.count(still["id"]) == 0
    assert touched.count(moved["id"]) > 0
