"""The resolution screen: what is flagged anywhere, settled one after another."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page, expect

from server.routes.cases import open_case
from server.routes.templates import environment
from tests.browser.boards import PATIENCE, Card, Shop, Visit
from tests.browser.samples import sample_cards
from tests.browser.test_flags import AT_ONCE
from tests.browser.test_parity import scene_for, told

pytestmark = pytest.mark.browser

OLD = "2026-11-20T12:00:00.000+00:00"
PAINT_CASES = """
async ([scene, cards]) => {
  const { openCase } = await import('heard/cases');
  const { blank, fill, named } = await import('heard/fill');
  const seen = { ...scene, rights: new Set(scene.rights) };
  return cards.map((card) => {
    const row = blank('tpl-row');
    const v = openCase(card, seen);
    named(row, v);
    fill(row, v);
    return row.outerHTML;
  });
}
"""


async def flag(shop: Shop, card: Card, kind: str = "other", **more: str) -> Card:
    return await shop.ask("POST", f"/orders/{card['id']}/issues", {"type": kind, **more})


async def desk(visit: Visit, **context: Any) -> Page:
    """The resolution screen, live."""
    page = await visit.page("/resolution", **context)
    await expect(page.locator("#lamp")).to_have_attribute("data-state", "live", timeout=PATIENCE)
    return page


async def test_it_is_settled_from_the_keyboard_and_everybody_sees_it(
    visit: Visit, shop: Shop
) -> None:
    first, second = await shop.place("Ada"), await shop.place("Bo")
    await flag(shop, first, "full_refund", text="Cold")
    page, board = await desk(visit), await visit.board(shop.location)
    await flag(shop, second)
    rows = page.locator("#cases > .row")
    mine = page.locator(f'#cases > .row[data-key="{first["id"]}"]')
    await expect(page.locator(f'#cases > .row[data-key="{second["id"]}"]')).to_be_visible(
        timeout=AT_ONCE
    )
    keys = await rows.evaluate_all("(rows) => rows.map((row) => row.dataset.key)")
    assert keys.index(first["id"]) < keys.index(second["id"])

    for _ in range(keys.index(first["id"]) + 1):
        await page.keyboard.press("ArrowDown")
    await expect(mine.locator(".row__who")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#drawer .issue__text")).to_have_text("Cold")
    await page.keyboard.press("Escape")
    await expect(mine.locator(".row__who")).to_be_focused()
    await page.keyboard.press("r")
    dialog = page.locator("#ask-resolve")
    await expect(dialog).to_be_visible()
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Money is back", delay=50)  # not as fast as a scanner
    await dialog.get_by_role("button", name="Resolve").press("Enter")

    await expect(mine).to_have_count(0)
    closed = page.locator(f'#closed > .row[data-key="{first["id"]}"]')
    await expect(closed).to_contain_text("Refunded in full")
    await expect(board.row(first)).to_have_count(0)
    told = await shop.get(f"/orders/{first['id']}")
    assert (told["stage"], told["issues"][0]["note"]) == ("resolved", "Money is back")

    await page.wait_for_timeout(400)
    await closed.get_by_role("button", name="Reopen").click()

    await expect(mine).to_be_visible()
    await expect(board.row(first).locator(".row__flag")).to_be_visible()


async def test_the_header_says_how_many_wait(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    board = await visit.board(shop.location)
    words = board.page.locator("#flagged")
    before = await words.inner_text() if await words.is_visible() else "0 flagged"
    count = int(before.split()[0])

    await flag(shop, card)
    await expect(words).to_contain_text(f"{count + 1} flagged", timeout=AT_ONCE)
    await words.click()
    await board.page.wait_for_url("**/resolution")

    await expect(board.page.locator("#flagged")).to_contain_text(f"{count + 1} flagged")


async def test_the_line_of_a_day_is_drawn(visit: Visit, shop: Shop) -> None:
    card = await flag(shop, await shop.place())
    page = await desk(visit)

    level = await page.evaluate(
        """async ([card, old]) => {
          const { put } = await import('heard/cards');
          put({ ...card, version: 99, issues: [{ ...card.issues[0], opened_at: old }] });
          const rows = [...document.querySelectorAll('#cases > li')];
          return rows.slice(0, 2).map((row) => row.id || row.dataset.level);
        }""",
        [card, OLD],
    )

    assert level == ["late", "day"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_is_open_to_everybody(visit: Visit, shop: Shop, scheme: Any) -> None:
    card = await flag(shop, await shop.place())
    page = await desk(visit, color_scheme=scheme)
    await page.locator(f'#cases > .row[data-key="{card["id"]}"] .row__who').click()
    update = page.locator("#drawer").get_by_role("button", name="Update…")
    await expect(update).to_be_visible()

    async def serious() -> list[str]:
        found = (await Axe().run(page)).response["violations"]
        return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found
                if one["impact"] in ("serious", "critical")]  # fmt: skip

    assert await serious() == []
    await page.wait_for_timeout(400)
    await update.click()
    await expect(page.locator("#ask-flag")).to_be_visible()
    assert await serious() == []
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_a_case_is_the_same_from_either_hand(visit: Visit, shop: Shop) -> None:
    page, scene = await desk(visit), scene_for("everything")
    cards = [card for card in sample_cards() if card["flagged"]]
    macro = environment().get_template("parts/row.html").module.order_row  # type: ignore[attr-defined]
    printed = [str(macro(open_case(card, scene))) for card in cards]

    painted = await page.evaluate(PAINT_CASES, [told(scene), cards])
    normal = await page.evaluate(
        "(all) => all.map((html) => Object.assign(document.createElement('template'),"
        " { innerHTML: html }).content.firstElementChild.outerHTML)",
        printed,
    )

    assert cards
    assert painted == normal
