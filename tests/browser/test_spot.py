"""The place in the list is kept: reload and Back lead where somebody was (UI L2)."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.boards import DESKTOP, TABLET, Board, Shop, Visit

pytestmark = pytest.mark.browser

ORDERS = 120
SEEN = """
() => {
  const edge = document.getElementById('slot').getBoundingClientRect().bottom;
  const rows = [...document.querySelectorAll('.row')];
  const first = rows.findIndex((row) => row.getBoundingClientRect().bottom > edge);
  return { y: scrollY, keys: rows.slice(first, first + 6).map((row) => row.dataset.key) };
}
"""


async def scrolled(board: Board, shop: Shop) -> Any:
    """Narrow the list, and go far down in it."""
    await board.choose("pending")
    await board.page.evaluate("scrollTo(0, 90 * document.querySelector('.row').offsetHeight + 7)")
    await expect(board.rows.nth(95)).to_be_attached()
    await board.frame()
    return await board.page.evaluate(SEEN)


@pytest.mark.parametrize("size", [TABLET, DESKTOP])
async def test_a_reload_shows_the_same_rows_at_the_same_place_with_the_same_drawer(
    visit: Visit, shop: Shop, size: Any
) -> None:
    cards = await shop.places(ORDERS)
    board = await visit.board(shop.location, viewport=size)
    await scrolled(board, shop)
    await board.row(cards[92]).locator(".row__who").click()
    await expect(board.page.locator("#drawer .past__entry")).to_have_count(1)
    before = await board.page.evaluate(SEEN)

    await board.page.reload()
    await board.live()
    await board.frame()

    after = await board.page.evaluate(SEEN)
    assert after["keys"] == before["keys"]
    assert abs(after["y"] - before["y"]) <= 4
    await expect(board.page.locator("#drawer .details__title")).to_contain_text(cards[92]["code"])
    await expect(board.page.locator('[data-stage="pending"]')).to_have_attribute(
        "aria-current", "true"
    )


async def test_back_from_an_order_leads_to_where_one_was(visit: Visit, shop: Shop) -> None:
    cards = await shop.places(ORDERS)
    size = {"width": 1000, "height": 700}  # no room for a drawer
    board = await visit.board(shop.location, viewport=size)
    before = await scrolled(board, shop)

    await board.row(cards[93]).locator(".row__who").click()
    await board.page.wait_for_url("**/orders/*")
    await board.page.go_back()
    await board.live()
    await board.frame()

    after = await board.page.evaluate(SEEN)
    assert after["keys"] == before["keys"]
    assert abs(after["y"] - before["y"]) <= 4
