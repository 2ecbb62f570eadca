"""Scanning by camera, and the sheet that answers (UI D1)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from tests.browser.boards import PATIENCE, Board, Shop, Visit
from tests.browser.cameras import COUNTING, LIGHTS, SECOND, filmed, looking_at
from tests.browser.conftest import Served
from tests.browser.figures import Figures
from tests.browser.scanners import code, said, sheet
from tests.browser.serving import Wire
from tests.browser.test_access import SMALL_TARGETS, TOUCHING, violations

pytestmark = pytest.mark.browser

LIVE_TRACKS: Final = "() => tracks.filter(({ readyState }) => readyState === 'live').length"
HIDDEN: Final = """() => {
  Object.defineProperty(document, 'hidden', { value: true, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
LONGER: Final = "() => new Promise((done) => setTimeout(done, 3500))"  # than a look lasts
IN_SHEET: Final = SMALL_TARGETS.replace("document.query", "scan.query")
NO_DETECTOR: Final = "delete window.BarcodeDetector;"
DETECTOR: Final = """
window.BarcodeDetector = class {
  static getSupportedFormats = async () => ['qr_code'];
  detect = async () => [{ rawValue: window.sees ?? '' }];
};
"""


At = Callable[..., AbstractAsyncContextManager[Page]]


@pytest.fixture
def at_camera(heard: Served, wire: Wire, shop: Shop, tmp_path: Path) -> At:
    """Ana's board on a tablet whose camera sees a code."""
    wire.mend()

    @asynccontextmanager
    async def open_board(text: str, script: str = NO_DETECTOR) -> AsyncIterator[Page]:
        async with looking_at(filmed(text, tmp_path / "code.y4m")) as browser:
            visit = Visit(browser, heard.url)
            page = await visit.stranger()
            await page.add_init_script(COUNTING + script)
            await visit.sign_in(page, f"/board?location={shop.location}")
            await Board(page).live()
            yield page
            await visit.end()

    return open_board


async def test_the_camera_reads_a_code_and_one_press_hands_the_order_over(
    at_camera: At, shop: Shop, figures: Figures
) -> None:
    card = await shop.place()
    async with at_camera(await code(shop, card)) as page:
        watch = figures.watch()
        await page.locator('[data-js="scan"]').click()
        await expect(page.locator("#scan video")).to_be_visible()
        watch.note("scanner: from the press to the picture, ms")

        await expect(said(page)).to_have_text("Ready to hand over")
        hand = page.get_by_role("button", name=f"Hand over {card['code']}")
        box = await hand.bounding_box()
        assert box
        assert box["height"] >= 72
        assert (await shop.get(f"/orders/{card['id']}"))["stage"] == "pending"
        async with page.expect_response("**/advance"):
            await hand.click()

        await expect(said(page)).to_have_text(f"{card['code']} is fulfilled now.")
        assert (await shop.get(f"/orders/{card['id']}"))["stage"] == "fulfilled"
        assert await page.evaluate("asked") == 1
        assert await page.evaluate(LIVE_TRACKS) == 1
        await page.keyboard.press("Escape")
        await expect(sheet(page)).to_be_hidden()
        assert await page.evaluate(LIVE_TRACKS) == 0


async def test_a_page_that_is_hidden_lets_the_camera_go(at_camera: At, shop: Shop) -> None:
    async with at_camera("nothing of ours") as page:
        await page.keyboard.press("c")
        await expect(said(page)).to_contain_text("no order of yours")

        await page.evaluate(HIDDEN)

        await expect(page.get_by_role("button", name="Use the camera")).to_be_visible()
        assert await page.evaluate(LIVE_TRACKS) == 0
        assert await page.evaluate("asked") == 1


async def test_its_light_goes_on_and_off_and_goes_out_with_the_camera(at_camera: At) -> None:
    async with at_camera("nothing of ours", NO_DETECTOR + LIGHTS) as page:
        await page.keyboard.press("c")
        light = page.get_by_role("button", name="Light")
        await light.click()
        await expect(light).to_have_attribute("aria-pressed", "true")
        await light.click()
        await expect(light).to_have_attribute("aria-pressed", "false")
        await light.click()
        await expect(light).to_have_attribute("aria-pressed", "true")

        await page.keyboard.press("Escape")
        await page.keyboard.press("c")

        await expect(light).to_have_attribute("aria-pressed", "false")
        assert await page.evaluate("lights") == [True, False, True]


async def test_another_camera_takes_over_and_the_first_is_let_go(at_camera: At) -> None:
    async with at_camera("nothing of ours", NO_DETECTOR + SECOND) as page:
        await page.keyboard.press("c")
        await expect(said(page)).to_contain_text("no order of yours")

        await page.get_by_role("button", name="Another camera").click()

        async with asyncio.timeout(PATIENCE / 1000):
            while not await page.evaluate("turned === 1 && tracks.length === 2"):
                continue
        assert await page.evaluate(LIVE_TRACKS) == 1
        assert await page.evaluate("tracks[0].readyState") == "ended"
        await page.keyboard.press("Escape")
        assert await page.evaluate(LIVE_TRACKS) == 0


async def test_where_the_browser_reads_codes_nothing_else_is_loaded(
    at_camera: At, shop: Shop
) -> None:
    card = await shop.place()
    text = await code(shop, card)
    async with at_camera("x", DETECTOR) as page:
        loaded: list[str] = []
        page.on("request", lambda request: loaded.append(request.url))
        await page.evaluate("(text) => (window.sees = text)", text)

        await page.locator('[data-js="scan"]').click()

        await expect(page.locator("#scan .found__code")).to_have_text(card["code"])
        assert not [url for url in loaded if "qr.js" in url]


async def test_the_same_code_is_looked_up_once(at_camera: At, shop: Shop) -> None:
    card = await shop.place()
    async with at_camera(await code(shop, card)) as page:
        asked: list[str] = []
        page.on("request", lambda r: asked.append(r.url) if r.url.endswith("/scans") else None)
        await page.locator('[data-js="scan"]').click()
        await expect(said(page)).to_have_text("Ready to hand over")

        await page.evaluate(LONGER)

        assert len(asked) == 1


async def test_without_a_camera_the_code_is_typed(board: Board, shop: Shop) -> None:
    card, page = await shop.place(), board.page
    await page.locator('[data-js="scan"]').click()
    await expect(page.locator('#scan [data-js="trouble"]')).to_contain_text("Type the code")

    await page.fill("#scan-code", card["code"].lower())
    await page.keyboard.press("Enter")

    await expect(said(page)).to_have_text("Ready to hand over")


async def test_focus_comes_back(board: Board) -> None:
    page = board.page
    button = page.locator('[data-js="scan"]')
    await button.click()
    await expect(sheet(page)).to_be_visible()

    await page.locator('#scan [data-js="close"]').click()

    await expect(button).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_at_the_scanner(visit: Visit, shop: Shop, scheme: Any) -> None:
    card = await shop.place()
    board = await visit.board(shop.location, color_scheme=scheme, **TOUCHING)
    page = board.page
    await page.locator('[data-js="scan"]').click()
    await expect(page.locator('#scan [data-js="trouble"]')).to_be_visible()
    found = await violations(page, ["#scan"])

    await page.fill("#scan-code", card["code"])
    await page.keyboard.press("Enter")

    await expect(said(page)).to_have_text("Ready to hand over")
    found += await violations(page, ["#scan"])
    assert found == []
    assert await page.evaluate(IN_SHEET, 56) == []
