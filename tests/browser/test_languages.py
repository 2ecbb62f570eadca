"""In a language twice as wide, or from right to left: every word is there, and can be read (I1)."""

import pytest
from playwright.async_api import Page, expect

from server.routes.catalogue import speaking
from server.routes.details import details
from server.routes.rows import view
from server.routes.templates import environment
from tests.browser.boards import PHONE, Board, Card, Shop, Visit
from tests.browser.customers import link
from tests.browser.languages import DATA, codes, orders
from tests.browser.samples import sample_cards, sample_history
from tests.browser.serving import Wire
from tests.browser.sight import Seen, unreadable, untranslated
from tests.browser.test_parity import PAINT_DETAILS, PAINT_ROWS, scene_for, told

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def place_name(page: Page) -> str:
    """What the location is called."""
    return (await page.locator(".place__name").first.inner_text()).strip()


async def test_every_word_of_the_board_is_translated_and_can_be_read(
    visit: Visit, shop: Shop, wire: Wire, language: str
) -> None:
    cards = await orders(shop)
    board = await visit.board(shop.location)
    page = board.page
    seen = Seen(page, (*DATA, *codes(cards), await place_name(page)))
    assert await page.evaluate("document.documentElement.lang") == language.replace("_", "-")
    direction = await page.evaluate("getComputedStyle(document.documentElement).direction")
    assert direction == ("rtl" if language == "ar_XB" else "ltr")

    await seen.look("board")
    for fold in ("scheduled", "ended"):
        await page.locator(f'[data-fold="{fold}"]').click()
    await seen.look("folds open")
    await page.locator("[popovertarget=account]").click()
    await seen.look("account menu")
    await page.keyboard.press("Escape")
    more = board.row(cards[0]).locator(".row__more")
    await board.press(more)
    await seen.look("menu of an order", lambda: board.press(more))
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()
    await seen.look("keys")
    await page.keyboard.press("Escape")
    await picked(board, cards)
    await seen.look("bulk bar")
    await page.locator("#picked [data-js=close]").click()
    await board.row(cards[3]).locator(".row__who").click()
    await expect(page.locator("#drawer .past__entry").first).to_be_visible()
    await seen.look("drawer")
    await page.keyboard.press("Escape")
    wire.cut()
    await expect(page.locator("#banner")).to_be_visible(timeout=12_000)
    await seen.look("banner")

    assert not seen.wrong, "\n".join(seen.wrong)


async def picked(board: Board, cards: list[Card]) -> None:
    """Select one order of each of two stages."""
    await board.leave()
    await board.page.keyboard.press("s")
    for card in cards[:2]:
        await board.row(card).locator(".row__pick").check()
    await expect(board.page.locator("#picked")).to_be_visible()


async def test_every_word_of_the_customers_page_is_translated_and_can_be_read(
    visit: Visit, shop: Shop, language: str
) -> None:
    cards = await orders(shop)
    page = await visit.stranger(viewport=PHONE)
    name = (await shop.get(f"/locations/{shop.location}"))["name"]
    seen = Seen(page, (*DATA, *codes(cards), name))

    for card in cards[:3]:
        await page.goto(await link(shop, card))
        await expect(page.locator("#fresh")).to_contain_text("⟦Ļîîvéé")
        await seen.look(f"{card['label']}")

    assert not seen.wrong, "\n".join(seen.wrong)
    assert await page.evaluate("document.documentElement.lang") == language.replace("_", "-")


async def test_the_bulk_bar_can_be_read_when_enlarged(visit: Visit, shop: Shop) -> None:
    cards = await orders(shop)
    board = await visit.board(shop.location)
    seen = Seen(board.page, (), marked=False)

    await seen.look("board")
    await picked(board, cards)
    await seen.look("bulk bar")

    assert not seen.wrong, "\n".join(seen.wrong)


async def test_a_row_is_the_same_from_either_hand(visit: Visit, shop: Shop, language: str) -> None:
    board, scene, cards = await visit.board(shop.location), scene_for("everything"), sample_cards()
    pasts = [sample_history(card) for card in cards]
    parts = environment(language)
    row = parts.get_template("parts/row.html").module.order_row  # type: ignore[attr-defined]
    whole = parts.get_template("parts/details.html").module.order_details  # type: ignore[attr-defined]
    with speaking(language):
        rows = [str(row(view(card, scene))) for card in cards]
        orders = [
            str(whole(details(card, scene, language, past), 2))
            for card, past in zip(cards, pasts, strict=True)
        ]

    drifted = await board.page.evaluate(PAINT_ROWS, [told(scene), cards, rows])
    drifted += await board.page.evaluate(PAINT_DETAILS, [told(scene), cards, orders, pasts])

    assert drifted == []
    assert all("⟦" in one for one in rows)


async def test_a_word_nobody_translated_is_noticed(visit: Visit, shop: Shop, language: str) -> None:
    """Whether the scan sees anything."""
    board = await visit.board(shop.location)
    name = await place_name(board.page)
    assert await untranslated(board.page, (*DATA, name)) == []

    await board.page.evaluate("document.getElementById('select').append('Choose')")
    await board.page.evaluate("document.getElementById('q').placeholder = 'Code or name'")
    await board.page.evaluate("document.getElementById('main').style.width = '2000px'")

    assert len(await untranslated(board.page, (*DATA, name))) == 2
    assert await unreadable(board.page) != []
