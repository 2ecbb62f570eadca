"""Scanning by hand scanner, wherever focus is (UI S14, D2), and what is answered."""

import pytest
from playwright.async_api import expect

from tests.browser.boards import PATIENCE, Board, Shop, Visit
from tests.browser.conftest import Served
from tests.browser.scanners import code, said, scans, sheet
from tests.browser.serving import Wire

pytestmark = pytest.mark.browser


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
    await expect(said(page)).to_have_text("Ready to hand over", timeout=PATIENCE)
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


async def test_the_scanner_fits_a_small_phone(visit: Visit, shop: Shop) -> None:
    card = await shop.place("Maximiliane Freifrau von und zu Schwarzenberg-Hohenlohe")
    board = await visit.board(shop.location, viewport={"width": 320, "height": 640})
    page = board.page
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")

    await scans(page, await code(shop, card))

    await expect(said(page)).to_have_text("Ready to hand over")
    assert not await page.evaluate("scan.scrollWidth > scan.clientWidth")
