"""Flags: set in a row, seen on every other board, settled with an outcome and a note."""

import io
from typing import Final

import pytest
from PIL import Image
from playwright.async_api import FilePayload, Locator, expect

from tests.browser.boards import Board, Card, Shop, Visit
from tests.browser.outages import chip, off, on, sent
from tests.browser.serving import Wire

pytestmark = pytest.mark.browser

AT_ONCE: Final = 1_000


def photo(name: str = "cup.jpg", colour: str = "red") -> FilePayload:
    """A picture as a telephone takes it."""
    file = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(file, "JPEG")
    return FilePayload(name=name, mimeType="image/jpeg", buffer=file.getvalue())


def pill(board: Board, card: Card) -> Locator:
    """The flag in a row."""
    return board.row(card).locator(".row__flag")


async def ask(board: Board, card: Card) -> Locator:
    """Open the dialog from the row's menu; a press on what moved just now counts for nothing."""
    item = board.page.locator("#menu").get_by_role("menuitem", name="flag")
    while not await item.is_visible():
        await board.press(board.row(card).locator(".row__more"))
    await item.click()
    dialog = board.page.locator("#ask-flag")
    await expect(dialog).to_be_visible()
    return dialog


async def flagged(board: Board, card: Card, kind: str = "Full refund") -> None:
    dialog = await ask(board, card)
    await dialog.get_by_label(kind).check()
    await dialog.get_by_role("button", name="Flag order").click()
    await expect(pill(board, card)).to_be_visible()


async def test_a_flag_stands_on_every_board_at_once_and_the_stage_stays(
    visit: Visit, shop: Shop
) -> None:
    card = await shop.place()
    here, there = await visit.board(shop.location), await visit.board(shop.location)
    dialog = await ask(here, card)
    await dialog.get_by_label("Partial refund").check()
    await dialog.get_by_label("In your words").fill("Cold fries")
    await expect(dialog.locator("[data-js=count]")).to_have_text("10 of 500")
    await expect(dialog.locator("[data-js=seen]")).to_contain_text("Bar")

    await dialog.get_by_role("button", name="Flag order").click()

    await expect(pill(there, card)).to_contain_text("Part refund", timeout=AT_ONCE)
    await expect(pill(here, card)).to_contain_text("Part refund")
    await expect(here.row(card).locator("[data-f=label]")).to_have_text("Pending")
    told = await shop.get(f"/orders/{card['id']}")
    assert (told["stage"], told["issues"][0]["text"]) == ("pending", "Cold fries")


async def test_an_update_starts_from_what_is_known(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    board = await visit.board(shop.location)
    await flagged(board, card)

    dialog = await ask(board, card)
    await expect(dialog.get_by_label("Full refund")).to_be_checked()
    await dialog.get_by_label("Missing items").check()
    await dialog.get_by_label("Urgent").check()
    await dialog.get_by_role("button", name="Save").click()

    await expect(pill(board, card)).to_contain_text("Missing")
    [issue] = (await shop.get(f"/orders/{card['id']}"))["issues"]
    assert (issue["type"], issue["priority"]) == ("missing_items", "urgent")


async def test_pictures_are_shown_and_what_is_not_taken_says_why(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    board = await visit.board(shop.location)
    dialog = await ask(board, card)
    await dialog.get_by_label("Other problem").check()
    heic = FilePayload(
        name="cup.heic", mimeType="image/heic", buffer=b"\0\0\0\x18ftypheic" + b"\0" * 64
    )
    await dialog.locator("input[name=files]").set_input_files([heic, photo()])
    await expect(dialog.locator("[data-js=files]")).to_have_text("cup.heic, cup.jpg")

    await dialog.get_by_role("button", name="Flag order").click()

    await expect(board.row(card).locator(".note__text")).to_contain_text("HEIC")
    await board.row(card).locator(".row__who").click()
    picture = board.page.locator("#drawer .thumb__picture")
    await expect(picture).to_have_count(1)
    await expect(picture).to_have_js_property("naturalWidth", 640)


async def test_it_is_settled_only_with_an_outcome_and_a_note(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    here, there = (
        await visit.board(shop.location),
        await visit.board(shop.location, "&stage=resolved"),
    )
    await flagged(here, card)
    await here.row(card).locator(".row__who").click()
    drawer = here.page.locator("#drawer")
    await here.press(drawer.get_by_role("button", name="Resolve"))
    dialog = here.page.locator("#ask-resolve")

    await dialog.get_by_role("button", name="Resolve").click()
    await expect(dialog).to_be_visible()
    await dialog.get_by_label("Refunded in full").check()
    await dialog.get_by_role("button", name="Resolve").click()
    await expect(dialog).to_be_visible()
    await dialog.get_by_label("Note").fill("Money is back")
    await dialog.get_by_role("button", name="Resolve").click()

    await expect(there.row(card)).to_contain_text("Resolved")
    await expect(pill(there, card)).to_be_hidden()
    await expect(drawer.locator(".details__state")).to_contain_text("Resolved")
    await expect(drawer.locator(".issue")).to_contain_text("Refunded in full by Ana")

    await here.press(drawer.get_by_role("button", name="Reopen"))

    await expect(pill(here, card)).to_be_visible()
    await expect(here.row(card).locator("[data-f=label]")).to_have_text("Pending")
    await expect(there.row(card)).to_have_count(0)


async def test_everything_from_the_keyboard(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    board = await visit.board(shop.location)
    page = board.page

    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("f")
    await expect(page.locator("#ask-flag")).to_be_visible()
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")

    await expect(pill(board, card)).to_contain_text("Full refund")
    await expect(board.row(card).locator(".row__who")).to_be_focused()


async def test_a_flag_waits_for_a_connection(board: Board, shop: Shop, wire: Wire) -> None:
    card = await shop.place()
    await expect(board.row(card)).to_be_visible()
    await off(board, wire)

    await flagged(board, card)

    await expect(pill(board, card)).to_contain_text("Full refund")
    await expect(chip(board.page)).to_have_text("1 change waiting")
    await on(board, wire)
    await sent(board.page)
    told = await shop.get(f"/orders/{card['id']}")
    assert [issue["type"] for issue in told["issues"]] == ["full_refund"]
