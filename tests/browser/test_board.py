"""The board, used: orders come in, are found, moved on, taken back."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.boards import PHONE, Board, Shop, Visit

pytestmark = pytest.mark.browser


async def test_an_order_placed_over_http_stands_on_the_open_board(board: Board, shop: Shop) -> None:
    card = await shop.place("Aino Lehtonen")

    await expect(board.row(card).locator(".row__name")).to_have_text("Aino Lehtonen")
    await expect(board.page.locator('[data-stage="pending"] .strip__count')).to_have_text("1")


async def test_a_move_on_one_board_shows_on_the_other(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    here, there = await visit.board(shop.location), await visit.board(shop.location)

    await here.press(here.next(card))

    await expect(there.row(card).locator(".pill").first).to_have_text("Ready")
    assert (await shop.get(f"/orders/{card['id']}"))["stage"] == "ready"


async def test_undo_stands_where_the_button_was(board: Board, shop: Shop) -> None:
    card = await shop.place()
    await board.press(board.next(card))
    await expect(board.next(card)).to_have_text(re.compile(r"Undo \d s"))

    await board.press(board.next(card))

    await expect(board.next(card)).to_have_text("Ready")
    await board.settled(card)
    assert (await shop.get(f"/orders/{card['id']}"))["stage"] == "pending"


async def test_a_double_tap_is_one_move(board: Board, shop: Shop) -> None:
    card = await shop.place()
    await board.press(board.next(card))
    await board.next(card).click()

    await expect(board.next(card)).to_have_text(re.compile("Undo"))
    await board.settled(card)
    told = await shop.get(f"/orders/{card['id']}")
    assert (told["stage"], told["version"]) == ("ready", 2)


async def test_who_was_slower_reads_it_in_the_row(board: Board, shop: Shop) -> None:
    card = await shop.place()
    await expect(board.row(card)).to_be_visible()
    await board.page.route("**/live", lambda route: route.abort())
    await board.page.evaluate("dispatchEvent(new Event('pagehide'))")  # this page hears no more
    await shop.move(card, "ready")

    await board.press(board.row(card).locator(".row__more"))
    await board.page.locator("#menu").get_by_text("Fulfilled").click()

    note = board.row(card).locator(".note")
    await expect(note.locator(".note__text")).to_have_text(re.compile("Web shop set this to Ready"))
    await board.press(note.get_by_text("Set Fulfilled anyway"))
    await expect(note).to_have_count(0)
    await board.settled(card)
    assert (await shop.get(f"/orders/{card['id']}"))["stage"] == "fulfilled"


async def test_search_finds_by_name_phone_and_place(board: Board, shop: Shop) -> None:
    maria, tom = await shop.place("María Núñez"), await shop.place("Tom", destination="VIP deck")
    await expect(board.rows).to_have_count(2)

    for asked, found in (("maria nun", maria), ("vip", tom), (maria["code"].lower(), maria)):
        await board.page.fill("#q", asked)
        await expect(board.rows).to_have_count(1)
        await expect(board.row(found)).to_be_visible()
    await board.page.press("#q", "Escape")
    await expect(board.rows).to_have_count(2)


async def test_search_also_finds_what_is_over_and_what_the_filter_leaves_out(
    board: Board, shop: Shop
) -> None:
    card = await shop.place("Gone Girl")
    await shop.move(card, "fulfilled")

    await board.page.fill("#q", "gone")
    await expect(board.page.locator("#ended .row__code")).to_have_text([card["code"]])
    await board.choose("pending")

    await expect(board.page.locator("#older .row__code")).to_have_text([card["code"]])
    await expect(board.page.locator("#empty")).to_contain_text("No order fits this filter")


async def test_filters_and_sequence_live_in_the_address(board: Board, shop: Shop) -> None:
    first, second, third = [await shop.place(name) for name in ("Ada", "Bo", "Cy")]
    await shop.move(second, "ready")
    await expect(board.rows).to_have_count(3)
    assert await board.codes() == [card["code"] for card in (first, second, third)]

    await board.choose("pending")
    await board.page.locator("#sort").click()

    await expect(board.page.locator("#orders .row__code")).to_have_text(
        [third["code"], first["code"]]
    )
    await board.page.reload()
    await expect(board.page.locator("#orders .row__code")).to_have_text(
        [third["code"], first["code"]]
    )
    assert "stage=pending" in board.page.url
    assert "sort=-placed_at" in board.page.url


async def test_the_drawer_shows_the_order_and_its_history(board: Board, shop: Shop) -> None:
    card = await shop.place()
    await shop.move(card, "ready")

    await board.row(card).locator(".row__who").click()

    drawer = board.page.locator("#drawer")
    await expect(drawer.locator(".details__title")).to_be_focused()
    await expect(drawer.locator(".past__what")).to_have_text(["Ready", "Placed as Pending"])
    await expect(drawer.locator(".line__price")).to_have_text(["€17.00"])
    await board.page.keyboard.press("Escape")
    await expect(drawer).to_be_hidden()
    await expect(board.row(card).locator(".row__who")).to_be_focused()


async def test_a_move_elsewhere_shows_in_the_open_drawer(board: Board, shop: Shop) -> None:
    card = await shop.place()
    await board.row(card).locator(".row__who").click()

    await shop.move(card, "ready")

    drawer = board.page.locator("#drawer")
    await expect(drawer.locator(".details__state .pill").first).to_have_text("Ready")
    await expect(drawer.locator(".past__what")).to_have_text(["Ready", "Placed as Pending"])


async def test_cancelling_asks_why(board: Board, shop: Shop) -> None:
    card = await shop.place()
    await board.press(board.row(card).locator(".row__more"))
    await board.page.locator("#menu").get_by_text("Cancel order").click()
    dialog = board.page.locator("#ask-cancelled")
    await expect(dialog.get_by_text("Keep order")).to_be_focused()

    await dialog.get_by_text("Out of stock").click()
    await dialog.get_by_role("button", name="Cancel order").click()

    await expect(board.row(card)).to_have_attribute("data-ghost", "own")
    await board.settled(card)
    told = await shop.get(f"/orders/{card['id']}")
    assert (told["stage"], told["moved"]["reason"]) == ("cancelled", "out_of_stock")


async def test_on_a_phone_an_order_has_a_page_of_its_own(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    board = await visit.board(shop.location, viewport=PHONE, has_touch=True, is_mobile=True)

    await board.row(card).locator(".row__who").tap()
    await expect(board.page).to_have_url(re.compile(f"/orders/{card['code']}$"))
    await board.live()
    await board.page.locator(".course").get_by_role("button", name="Ready").tap()

    await expect(board.page.locator(".details__state .pill").first).to_have_text("Ready")
    await board.page.go_back()
    await expect(board.row(card).locator(".pill").first).to_have_text("Ready")


async def test_the_first_paint_needs_no_script(visit: Visit, shop: Shop) -> None:
    card = await shop.place("Ines Silva")

    page = await visit.page(f"/board?location={shop.location}", java_script_enabled=False)

    await expect(page.locator(".row__name")).to_have_text(["Ines Silva"])
    await expect(page.locator(".row__next")).to_be_disabled()
    await page.locator(".row__who").click()
    await expect(page.locator(".details__title")).to_contain_text(card["code"])
    await expect(page.locator(".past__what")).to_have_text(["Placed as Pending"])
