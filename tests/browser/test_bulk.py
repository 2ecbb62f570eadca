"""Several orders at once: selected, moved, taken back, printed."""

from typing import Any, Final

import pytest
from playwright.async_api import expect

from tests.browser.boards import Board, Card, Shop, Visit

pytestmark = pytest.mark.browser

CATCH_PRINT: Final = """
() => { window.papers = []; window.print = () => {
  const sheets = [...document.querySelectorAll('.paper .sheet')];
  window.papers.push(sheets.map((sheet) => ({
    code: sheet.querySelector('.sheet__code').textContent,
    lines: [...sheet.querySelectorAll('.sheet__line')].map((line) => line.innerText),
    first: sheet.querySelector('.sheet__line').firstElementChild.textContent,
    qr: sheet.querySelector('.sheet__qr')?.naturalWidth > 0,
    paper: sheet.parentElement.dataset.paper,
  })));
}; }
"""


async def select(board: Board, *cards: Card) -> None:
    """Press S, and tick their boxes."""
    await board.page.keyboard.press("s")
    for card in cards:
        await board.row(card).locator(".row__pick").check()


async def test_selected_orders_go_to_the_stage_they_share_and_come_back(
    board: Board, shop: Shop
) -> None:
    first, second, other = await shop.places(3)
    await expect(board.rows).to_have_count(3)
    await select(board, first, second)
    bar = board.page.locator("#picked")

    await bar.get_by_role("button", name="Mark 2 Ready").click()

    await expect(bar).to_contain_text("2 set to Ready")
    stages = [(await shop.get(f"/orders/{card['id']}"))["stage"] for card in (first, second, other)]
    assert stages == ["ready", "ready", "pending"]
    await bar.get_by_role("button", name="Undo 2").click()
    for card in (first, second):
        await expect(board.row(card).locator("[data-f=label]")).to_have_text("Pending")
        await board.settled(card)
        assert (await shop.get(f"/orders/{card['id']}"))["stage"] == "pending"


async def test_orders_of_several_stages_have_a_button_each(board: Board, shop: Shop) -> None:
    pending, ready = await shop.places(2)
    await shop.move(ready, "ready")
    await expect(board.row(ready).locator("[data-f=label]")).to_have_text("Ready")

    await select(board, pending, ready)

    buttons = board.page.locator("#picked .btn--primary")
    await expect(buttons).to_have_text(["Mark 1 Ready", "Mark 1 Fulfilled"])
    await board.page.keyboard.press("Escape")
    await expect(board.page.locator("#picked")).to_be_hidden()


async def test_what_is_refused_is_counted_and_its_row_says_why(board: Board, shop: Shop) -> None:
    mine, theirs = await shop.places(2)
    await expect(board.rows).to_have_count(2)
    await select(board, mine, theirs)
    await board.page.route("**/live", lambda route: route.abort())
    await board.page.evaluate("dispatchEvent(new Event('pagehide'))")  # this page hears no more
    await shop.move(theirs, "fulfilled")

    await board.page.locator("#picked").get_by_role("button", name="Mark 2 Ready").click()

    await expect(board.page.locator("#picked")).to_contain_text("1 set to Ready, 1 refused")
    await expect(board.row(theirs).locator(".note__text")).to_contain_text("Fulfilled")


async def test_orders_are_printed_with_quantities_first_and_a_code_to_scan(
    board: Board, shop: Shop
) -> None:
    lines = [
        {"name": "Burger", "quantity": 12, "unit_price": 850, "note": "no salt"},
        {"name": "Cola", "quantity": 1, "unit_price": 300},
    ]
    card = await shop.place(lines=lines)
    await expect(board.row(card)).to_be_visible()
    await board.page.evaluate(CATCH_PRINT)

    await board.press(board.row(card).locator(".row__more"))
    await board.page.locator("#menu").get_by_text("Print 80 mm slip").click()
    await board.page.wait_for_function("() => window.papers.length === 1")
    await board.row(card).locator(".row__who").focus()
    await board.page.keyboard.press("p")
    await board.page.wait_for_function("() => window.papers.length === 2")

    papers: Any = await board.page.evaluate("window.papers")
    for [sheet] in papers:
        assert (sheet["code"], sheet["first"], sheet["paper"]) == (card["code"], "12×", "slip")
        assert "no salt" in sheet["lines"][0]
        assert sheet["qr"]


async def test_on_paper_there_is_nothing_but_the_orders(visit: Visit, shop: Shop) -> None:
    cards = await shop.places(3)
    board = await visit.board(shop.location)
    await board.page.evaluate(CATCH_PRINT)
    await select(board, *cards)
    await board.page.locator("#picked").get_by_role("button", name="Print 3").click()
    await board.page.wait_for_function("() => window.papers.length === 1")

    await board.page.emulate_media(media="print")

    await expect(board.page.locator(".sheet")).to_have_count(3)
    await expect(board.page.locator(".sheet__code").first).to_be_visible()
    await expect(board.page.locator(".top")).to_be_hidden()
    await expect(board.page.locator("#orders")).to_be_hidden()
    size = "getComputedStyle(document.querySelector('.sheet__code')).fontSize"
    assert await board.page.evaluate(size) == "32px"
    width = "document.querySelector('.sheet__qr').getBoundingClientRect().width"
    assert abs(await board.page.evaluate(width) - 25 * 96 / 25.4) < 1
    pdf = await board.page.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 3


async def test_orders_are_selected_by_keyboard(board: Board, shop: Shop) -> None:
    first, second = await shop.places(2)
    await expect(board.rows).to_have_count(2)
    for key in ("s", "j", "x", "j", "x", "x"):
        await board.page.keyboard.press(key)
        await board.page.wait_for_timeout(60)  # a hand is slower than a scanner

    await expect(board.row(first).locator(".row__pick")).to_be_checked()
    await expect(board.row(second).locator(".row__pick")).not_to_be_checked()
    await expect(board.page.locator("#picked")).to_contain_text("1 selected")
