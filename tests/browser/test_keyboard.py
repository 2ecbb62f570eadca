"""A whole order without a mouse (UI A5): from the way in to the way out, focus always in sight."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlencode

import pytest
from playwright.async_api import Page, expect

from tests.browser.boards import REACTION, Board, Shop, Visit
from tests.browser.scanners import code, said, scans, sheet
from tests.cast import PASSWORD, address

pytestmark = pytest.mark.browser

STOPS: Final = 60  # more controls than any screen here has before what is looked for
PRINTED: Final = "window.printed = 0; window.print = () => { window.printed += 1; };"
FOCUSED: Final = """
() => {
  const at = document.activeElement;
  const { left, top, right, bottom } = at.getBoundingClientRect();
  const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  return {
    name: at.getAttribute('aria-label') ?? at.innerText ?? '',
    id: at.id,
    seen: at === document.body || (top >= 0 && bottom <= innerHeight + 1),
    covered: at !== document.body && over && !at.contains(over) && !over.contains(at)
      && over.closest('label') === null,
    ringed: at === document.body || (outlineStyle !== 'none' && outlineWidth !== '0px'),
  };
}
"""


async def tab_to(page: Page, wanted: str, key: str = "Tab") -> None:
    """Press Tab until a control with that id, or a name that begins so, has focus."""
    met: list[str] = []
    for _ in range(STOPS):
        await page.keyboard.press(key)
        at = await page.evaluate(FOCUSED)
        met.append(at["id"] or at["name"].strip())
        assert at["seen"], f"{met[-1]} is out of sight"
        assert not at["covered"], f"{met[-1]} is covered"
        assert at["ringed"], f"{met[-1]} shows no focus"
        if at["id"] == wanted or at["name"].strip().startswith(wanted):
            return
    raise AssertionError(f"no {wanted} among {met}")


async def test_an_order_from_the_way_in_to_the_way_out(visit: Visit, shop: Shop) -> None:
    card = await shop.place("Keyboard only")
    other = await shop.place("Scanned")
    page = await visit.stranger()
    await page.add_init_script(PRINTED)
    there = f"/board?location={shop.location}"
    await page.goto(f"{visit.url}/login?{urlencode({'next': there})}")
    board, press = Board(page), page.keyboard.press

    if await page.evaluate("document.activeElement.id") != "email":
        await tab_to(page, "email")
    await page.keyboard.type(address("Ana"))
    await tab_to(page, "password")
    await page.keyboard.type(PASSWORD)
    await press("Enter")
    await board.live()

    await press("/")
    await expect(page.locator("#q")).to_be_focused()
    await page.keyboard.type(card["code"], delay=50)
    await expect(board.rows).to_have_count(1)
    await press("Escape")
    await expect(board.rows).to_have_count(2)
    await tab_to(page, card["code"])

    await press("Enter")
    await expect(page.locator("#drawer .details__title")).to_be_focused()
    await press("Escape")
    await expect(board.row(card).locator(".row__who")).to_be_focused()

    label = board.row(card).locator("[data-f=label]")
    await press("ArrowRight")
    await expect(label).to_have_text("Ready")
    await page.wait_for_timeout(REACTION)  # a double tap is no undo (UI S7)
    await press("u")
    await expect(label).to_have_text("Pending")
    await board.settled(card)

    await press("f")
    await expect(page.locator("#ask-flag")).to_be_visible()
    await press("Space")
    await press("Enter")
    await expect(board.row(card).locator(".row__flag")).to_be_visible()
    await expect(board.row(card).locator(".row__who")).to_be_focused()

    await press("p")
    async with asyncio.timeout(5):
        while await page.evaluate("printed") < 1:
            await board.frame()

    await press("Enter")
    await expect(page.locator("#drawer .details__title")).to_be_focused()
    await tab_to(page, "Resolve")
    await press("Enter")
    dialog = page.locator("#ask-resolve")
    await expect(dialog).to_be_visible()
    await press("Space")
    await expect(dialog.get_by_label("Refunded in full")).to_be_checked()
    await press("Tab")
    await page.keyboard.type("Money is back", delay=50)
    await tab_to(page, "Resolve")
    await press("Enter")
    await expect(page.locator("#drawer .details__state")).to_contain_text("Resolved")
    await press("Escape")

    await scans(page, await code(shop, other))
    await expect(said(page)).to_have_text("Ready to hand over")
    await press("Escape")
    await expect(sheet(page)).to_be_hidden()

    await tab_to(page, "Account", "Shift+Tab")
    await press("Enter")
    await tab_to(page, "Sign out")
    await press("Enter")
    await expect(page.get_by_text("You are signed out.")).to_be_visible()
