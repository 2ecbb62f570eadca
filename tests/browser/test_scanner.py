"""Scanning: by camera, by a hand scanner, by typing (UI S14, D1, D2)."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.boards import PATIENCE, Board, Card, Shop, Visit
from tests.browser.cameras import COUNTING, filmed, looking_at
from tests.browser.conftest import Served
from tests.browser.figures import Figures
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


def sheet(page: Page) -> Locator:
    return page.locator("#scan")


def said(page: Page) -> Locator:
    return page.locator("#scan .found__said")


async def code(shop: Shop, card: Card) -> str:
    """What the order's QR code says."""
    return str((await shop.get(f"/orders/{card['id']}/qr"))["text"])


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


async def scans(page: Page, text: str, into: str = "body") -> None:
    """A hand scanner reads something, while focus is there: a character each 5 ms, then Enter."""
    await page.locator(into).first.focus()
    keyboard = await page.context.new_cdp_session(page)
    began = time.time()
    strokes = []
    for number, key in enumerate([*text, "Enter"]):
        down = {"type": "keyDown", "key": key, "timestamp": began + number * 0.005}
        typed = {"text": "\r", "windowsVirtualKeyCode": 13} if key == "Enter" else {"text": key}
        strokes.append(keyboard.send("Input.dispatchKeyEvent", {**down, **typed}))
    await asyncio.gather(*strokes)


async def test_the_camera_reads_a_code_and_one_press_hands_the_order_over(
    at_camera: At, shop: Shop, figures: Figures
) -> None:
    card = await shop.place()
    async with at_camera(await code(shop, card)) as page:
        began = time.monotonic()
        await page.locator('[data-js="scan"]').click()
        await expect(page.locator("#scan video")).to_be_visible()
        figures.note(
            "scanner: from the press to the picture, ms", 1000 * (time.monotonic() - began)
        )

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


async def test_a_hand_scanner_is_heard_wherever_focus_is(board: Board, shop: Shop) -> None:
    card, page = await shop.place(), board.page
    text = await code(shop, card)
    await page.fill("#q", "mar")

    for into in ("#q", "body", "#orders .row__who"):
        await scans(page, text, into)
        await expect(page.locator("#scan .found__code")).to_have_text(card["code"])
        await page.keyboard.press("Escape")
        await expect(sheet(page)).to_be_hidden()

    assert await page.input_value("#q") == "mar"
    assert (await shop.get(f"/orders/{card['id']}"))["version"] == 1


async def test_no_letter_of_a_scan_is_a_shortcut(board: Board, shop: Shop) -> None:
    card, page = await shop.place(), board.page
    await board.press(board.next(card))
    await board.settled(card)
    await page.locator("#orders .row__who").first.focus()

    await scans(page, "1u?jfs/nc1u?u", "#orders .row__who")

    await expect(said(page)).to_contain_text("no order of yours")
    await page.wait_for_timeout(100)
    assert await page.locator("dialog[open]").count() == 1
    assert (await shop.get(f"/orders/{card['id']}"))["stage"] == "ready"


async def test_what_people_type_is_no_scan(board: Board, shop: Shop) -> None:
    page = board.page
    await page.locator("#q").focus()

    await page.keyboard.type("maria maria", delay=60)
    await page.keyboard.press("Enter")

    await expect(sheet(page)).to_be_hidden()
    assert await page.input_value("#q") == "maria maria"


async def test_a_scan_during_a_dialog_waits(board: Board, shop: Shop) -> None:
    card, page = await shop.place(), board.page
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()

    await scans(page, await code(shop, card), "#keys button")

    await expect(page.locator("#keys")).to_be_visible()
    await expect(sheet(page)).to_be_hidden()
    await page.locator("#keys").get_by_role("button", name="Close").click()
    await page.locator("#scan-kept").click()
    await expect(page.locator("#scan .found__code")).to_have_text(card["code"])


async def test_a_field_may_keep_what_a_hand_scanner_types(board: Board) -> None:
    page = board.page
    await page.locator("#q").evaluate("(field) => (field.dataset.noscan = '')")

    await scans(page, "JJFI6543210", "#q")

    await expect(sheet(page)).to_be_hidden()
    assert await page.input_value("#q") == "JJFI6543210"


async def test_every_answer_is_in_words(board: Board, shop: Shop, heard: Served) -> None:
    page, cast = board.page, heard.cast
    ended = await shop.move(await shop.place(), "fulfilled")
    other = await shop.place(location=cast.bar)
    gone = await shop.move(await shop.place(), "cancelled", reason="out_of_stock", seen=1)
    when = ended["moved"]["at"][11:16]
    wanted = {
        await code(shop, ended): f"Already fulfilled {when} by Web shop",
        await code(shop, gone): f"Already cancelled {gone['moved']['at'][11:16]} by Web shop",
        await code(shop, other): "Belongs to Bar South",
        f"{heard.url}/q/not.of-ours": "This is no order of yours.",
        "a receipt of somewhere else": "This is no order of yours.",
    }

    for text, words in wanted.items():
        await scans(page, text)
        await expect(said(page)).to_contain_text(words)
        await expect(page.locator('#scan [data-js="go"]')).to_be_hidden()


async def test_handing_over_can_be_taken_back(board: Board, shop: Shop) -> None:
    card, page = await shop.place(), board.page
    await scans(page, await code(shop, card))
    async with page.expect_response("**/advance"):
        await page.get_by_role("button", name=f"Hand over {card['code']}").click()
    await expect(said(page)).to_contain_text("fulfilled")

    async with page.expect_response("**/undo"):
        await page.locator('#scan [data-js="undo"]').click()

    await expect(said(page)).to_have_text("Ready to hand over")
    assert (await shop.get(f"/orders/{card['id']}"))["stage"] == "pending"


async def test_without_a_connection_a_scan_is_answered_from_what_is_known(
    board: Board, shop: Shop, wire: Wire
) -> None:
    card, page = await shop.place(), board.page
    await expect(board.row(card)).to_be_visible()
    text = await code(shop, card)
    await scans(page, text)
    await page.keyboard.press("Escape")
    wire.cut()

    await scans(page, text)
    await expect(said(page)).to_have_text(
        "Not checked, there is no connection. Ready to hand over", timeout=PATIENCE
    )
    await page.get_by_role("button", name=f"Hand over {card['code']}").click()
    async with page.expect_response("**/advance"):
        wire.mend()

    assert (await shop.get(f"/orders/{card['id']}"))["stage"] == "fulfilled"


async def test_the_page_of_an_order_scans_too(visit: Visit, shop: Shop) -> None:
    one, other = await shop.place(), await shop.place()
    page = await visit.page(f"/orders/{one['code']}")
    await expect(page.locator("#lamp")).to_have_attribute("data-state", "live")

    await scans(page, await code(shop, other))

    await expect(page.locator("#scan .found__code")).to_have_text(other["code"])


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


async def test_the_scanner_fits_a_small_phone(visit: Visit, shop: Shop) -> None:
    card = await shop.place("Maximiliane Freifrau von und zu Schwarzenberg-Hohenlohe")
    board = await visit.board(shop.location, viewport={"width": 320, "height": 640})
    page = board.page
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")

    await scans(page, await code(shop, card))

    await expect(said(page)).to_have_text("Ready to hand over")
    assert not await page.evaluate("scan.scrollWidth > scan.clientWidth")
