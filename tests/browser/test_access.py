"""Everybody can use it: axe finds nothing, targets are large, a keyboard is enough (A1, A3, A5)."""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page, expect

from tests.browser.boards import DESKTOP, PHONE, TABLET, Board, Shop, Visit
from tests.browser.figures import Figures
from tests.browser.serving import Wire

pytestmark = pytest.mark.browser

RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}
SCHEMES: Final = ("light", "dark")
TOUCHING: Final[dict[str, Any]] = {"has_touch": True, "is_mobile": True}
SMALL_TARGETS: Final = """
(least) => [...document.querySelectorAll(
  'button, a.btn, .strip__item, [role=menuitem], summary, input:not([type=hidden])'
)].filter((node) => {
  if (!node.checkVisibility() || node.closest('[popover]:not(:popover-open), dialog:not([open])')) {
    return false;
  }
  const box = (node.closest('.choice') ?? node).getBoundingClientRect();
  return box.width > 0 && (box.width < least - 0.5 || box.height < least - 0.5);
}).map((node) => {
  const { width, height } = node.getBoundingClientRect();
  return `${node.className} ${Math.round(width)}×${Math.round(height)}`;
})
"""


async def violations(page: Page, parts: Sequence[str] = ()) -> list[str]:
    """What axe calls serious or critical, on the page or in parts of it."""
    found = await Axe().run(page, context=list(parts) or None, options=RULES)
    return [
        f"{one['id']}: {node['html'][:120]} {node['failureSummary'][:300]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing_on_the_way_in(visit: Visit, scheme: Any, figures: Figures) -> None:
    page = await visit.stranger(color_scheme=scheme)
    await page.goto(f"{visit.url}/nowhere")
    found = await violations(page)
    await page.goto(f"{visit.url}/login")
    found += await violations(page)
    await page.fill("#email", "nobody@tests.example")
    await page.fill("#password", "wrong")
    await page.click("[data-js=go]")
    await expect(page.get_by_role("alert")).to_contain_text("do not go together")
    found += await violations(page)

    figures.note(f"A1 login and error, {scheme}: serious or critical", len(found))
    assert found == []


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing_in_the_docs(visit: Visit, scheme: Any, figures: Figures) -> None:
    """One of each part: they are printed by the same macros, and all would take minutes."""
    page = await visit.stranger(color_scheme=scheme)
    await page.goto(f"{visit.url}/docs")

    found = await violations(page, [".docs__nav", "#orders", "#place", "#flag", "#live-Event"])

    ids = await page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")
    figures.note(f"A1 docs, one of each part, {scheme}: serious or critical", len(found))
    assert found == []
    assert len(ids) == len(set(ids))


@pytest.mark.timeout(180)
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing_on_the_board(
    visit: Visit, shop: Shop, wire: Wire, scheme: Any, figures: Figures
) -> None:
    empty = await visit.board(shop.location, color_scheme=scheme)
    found = await violations(empty.page)
    cards = await shop.places(6)
    await shop.move(cards[1], "ready")
    await shop.move(cards[2], "fulfilled")
    await shop.place("Later", due_at="2030-01-01T12:00:00Z")
    await shop.ask("POST", f"/orders/{cards[5]['id']}/issues", {"type": "other"})
    board = await visit.board(shop.location, "&stage=all", color_scheme=scheme)
    for fold in ("scheduled", "ended"):
        await board.page.locator(f'[data-fold="{fold}"]').click()
    await board.row(cards[0]).locator(".row__name").click()
    found += await violations(board.page)
    await board.page.locator("#chip").click()
    await board.page.locator("#select").click()
    await board.row(cards[0]).locator(".row__pick").check()
    found += await violations(board.page)
    await board.page.locator("#picked [data-js=close]").click()
    await board.press(board.next(cards[0]))
    found += await violations(board.page)
    await board.row(cards[3]).locator(".row__who").click()
    await expect(board.page.locator(".past__entry")).to_have_count(1)
    found += await violations(board.page)
    await board.press(board.row(cards[4]).locator(".row__more"))
    found += await violations(board.page)
    await board.page.locator("#menu").get_by_text("Cancel order").click()
    found += await violations(board.page)
    await board.page.keyboard.press("Escape")
    wire.cut()
    await expect(board.page.locator("#banner")).to_be_visible(timeout=12_000)
    found += await violations(board.page)

    figures.note(
        f"A1 board, groups, selection, drawer, menu, dialog, stale, {scheme}: serious or critical",
        len(found),
    )
    assert found == []


@pytest.mark.parametrize(
    ("size", "touch", "least"), [(TABLET, True, 56), (PHONE, True, 48), (DESKTOP, False, 44)]
)
async def test_targets_are_large_enough(
    visit: Visit, shop: Shop, size: Any, touch: bool, least: int
) -> None:
    card = await shop.place()
    board = await visit.board(shop.location, viewport=size, **(TOUCHING if touch else {}))
    await expect(board.row(card)).to_be_visible()

    for locator in (board.next(card), board.row(card).locator(".row__more")):
        box = await locator.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= (56 if touch else 44)
    assert await board.page.evaluate(SMALL_TARGETS, 44) == []
    sideways = "document.documentElement.scrollWidth - innerWidth"
    assert await board.page.evaluate(sideways) <= 0


@pytest.mark.parametrize("width", [320, 640])
async def test_nothing_is_wider_than_a_narrow_window(visit: Visit, shop: Shop, width: int) -> None:
    await shop.place("Maximiliane Freifrau von und zu Schwarzenberg-Hohenlohe-Langenburg")
    board = await visit.board(shop.location, viewport={"width": width, "height": 400})

    for path in ("", "/docs", "/login"):
        if path:
            await board.page.goto(visit.url + path)
        sideways = "document.documentElement.scrollWidth - innerWidth"
        assert await board.page.evaluate(sideways) <= 0


async def test_an_order_is_found_moved_and_taken_back_by_keyboard(board: Board, shop: Shop) -> None:
    card, other = await shop.place("Aino"), await shop.place("Ben")
    page = board.page
    await expect(board.rows).to_have_count(2)

    await page.keyboard.press("/")
    await expect(page.locator("#q")).to_be_focused()
    await page.keyboard.type("ben")
    await expect(board.rows).to_have_count(1)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Tab")
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("j")
    await expect(board.row(card).locator(".row__who")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(board.row(other).locator(".row__who")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await expect(board.row(other).locator(".pill").first).to_have_text("Ready")
    await board.settled(other)
    await page.keyboard.press("u")
    await expect(board.row(other).locator(".pill").first).to_have_text("Pending")
    await page.keyboard.press("3")
    await expect(board.row(other).locator(".pill").first).to_have_text("Fulfilled")
    await page.keyboard.press("Enter")
    await expect(page.locator(".details__title")).to_be_focused()
    await page.keyboard.press("[")
    await expect(page.locator(".details__title")).to_contain_text("Aino")
    await page.keyboard.press("Escape")
    await expect(board.row(card).locator(".row__who")).to_be_focused()
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()


async def test_what_is_done_is_said_once(board: Board, shop: Shop) -> None:
    card = await shop.place()
    said = await spoken(board)
    await board.press(board.next(card))
    await board.settled(card)
    await expect(board.page.locator("#say-polite")).to_contain_text(f"{card['code']} is now Ready")
    assert [words for words in await said() if "is now" in words] == [
        f"{card['code']} is now Ready"
    ]


async def test_a_storm_of_orders_is_a_few_sentences(
    board: Board, shop: Shop, figures: Figures
) -> None:
    said = await spoken(board)
    await shop.places(50)
    await expect(board.rows).to_have_count(50)
    await expect(board.page.locator("#say-polite")).to_contain_text("50 open", timeout=8_000)

    sentences = await said()
    figures.note("A7 sentences said for 50 new orders", len(sentences))
    assert len(sentences) <= 3


async def spoken(board: Board) -> Any:
    """Collects what is announced from now on."""
    await board.page.evaluate(
        """() => {
          window.said = [];
          for (const id of ['say-polite', 'say-now']) {
            const place = document.getElementById(id);
            new MutationObserver(() => place.textContent && window.said.push(place.textContent))
              .observe(place, { childList: true });
          }
        }"""
    )
    return lambda: board.page.evaluate("window.said")
