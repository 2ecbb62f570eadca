"""What a device keeps of a board: shown as old without a connection, gone when it is nobody's."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.boards import Board, Shop, Visit
from tests.browser.outages import KEPT, STORED, arrived, chip, lasting, off, on, sent, stored
from tests.browser.serving import Wire

pytestmark = pytest.mark.browser

NOTHING = {"taps": 0, "boards": 0, "cards": 0, "frames": 0}
CACHED = """
async () => {
  const names = await caches.keys();
  const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return all.flat().map(({ url }) => new URL(url).pathname);
}
"""


async def test_a_board_loaded_without_a_connection_goes_on_where_it_stood(
    visit: Visit, shop: Shop, wire: Wire
) -> None:
    card = await shop.place("Before")
    board = await lasting(visit, shop)
    await expect(board.row(card)).to_be_visible()
    await off(board, wire)
    await board.page.reload()
    await expect(board.row(card)).to_contain_text("Before")
    await expect(board.page.locator("#banner")).to_contain_text("Not live since")
    await expect(board.page.locator(".place__name")).not_to_be_empty()
    missed = await shop.place("Meanwhile")

    await on(board, wire)

    await expect(board.row(missed)).to_be_visible()
    await board.press(board.next(card))
    await board.settled(card)
    assert (await shop.get(f"/orders/{card['id']}"))["stage"] == "ready"


async def test_a_board_that_was_never_looked_at_here_says_so(
    visit: Visit, shop: Shop, wire: Wire
) -> None:
    board = await lasting(visit, shop)
    await off(board, wire)

    await board.page.goto(f"{visit.url}/board?location=999999")

    await expect(board.page.locator("#nothing")).to_contain_text("has not kept this board")
    await expect(board.page.get_by_text("No orders")).to_have_count(0)


async def test_only_the_shell_and_static_files_are_cached(visit: Visit, shop: Shop) -> None:
    await shop.place("Maria K.")
    board = await lasting(visit, shop)

    paths = await board.page.evaluate(CACHED)

    assert "/shell" in paths
    assert {path.split("/")[1] for path in paths} == {"shell", "static"}
    shell = await (await board.page.request.get(f"{visit.url}/shell")).text()
    assert "Maria" not in shell


async def test_signing_out_leaves_nothing_on_the_device(
    visit: Visit, shop: Shop, wire: Wire
) -> None:
    await shop.place()
    board = await lasting(visit, shop)
    assert (await stored(board.page))["cards"] == 1

    await sign_out(board.page)

    await expect(board.page.get_by_text("You are signed out.")).to_be_visible()
    assert await stored(board.page) == NOTHING


async def sign_out(page: Page) -> None:
    await page.locator("[popovertarget=account]").click()
    await page.get_by_text("Sign out", exact=True).click()


async def test_signing_out_asks_before_it_throws_away_what_waits(
    board: Board, shop: Shop, wire: Wire
) -> None:
    card = await shop.place()
    await expect(board.row(card)).to_be_visible()
    await off(board, wire)
    await board.press(board.next(card))

    await sign_out(board.page)

    sheet = board.page.locator("#outbox")
    await expect(sheet).to_contain_text("Whoever signs out discards them")
    await sheet.get_by_role("button", name="Close").click()
    await on(board, wire)
    await sent(board.page)
    await arrived(shop, card["id"], "ready")


async def test_what_waits_for_one_person_is_never_sent_by_another(
    visit: Visit, shop: Shop, wire: Wire
) -> None:
    card = await shop.place()
    board = await lasting(visit, shop)
    await off(board, wire)
    await board.press(board.next(card))
    await expect(chip(board.page)).to_have_text("1 change waiting")
    page = await board.page.context.new_page()
    await board.page.close()
    wire.mend()
    await page.context.clear_cookies()

    await visit.sign_in(page, "/board", "Ben")

    other = Board(page)
    await other.live()
    assert await page.evaluate(KEPT)
    assert (await page.evaluate(STORED))["taps"] == 0
    assert (await shop.get(f"/orders/{card['id']}"))["stage"] == "pending"


async def test_what_waits_is_sent_when_the_same_person_is_back(
    visit: Visit, shop: Shop, wire: Wire
) -> None:
    card = await shop.place()
    board = await lasting(visit, shop)
    await off(board, wire)
    await board.press(board.next(card))
    await expect(chip(board.page)).to_have_text("1 change waiting")
    await board.page.context.clear_cookies()
    wire.mend()
    await board.page.evaluate("dispatchEvent(new Event('online'))")
    await expect(board.page.locator("#banner")).to_contain_text("You are signed out")
    await expect(chip(board.page)).to_have_text("1 change waiting")

    await visit.sign_in(board.page, f"/board?location={shop.location}")

    await arrived(shop, card["id"], "ready")
    await sent(board.page)
