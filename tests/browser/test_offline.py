"""Without a connection what is tapped is kept, and sent once when there is one (UI L6)."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.boards import PHONE, Board, Card, Shop, Visit
from tests.browser.outages import chip, lasting, moves, off, on, sent
from tests.browser.serving import Wire
from tests.browser.test_access import TOUCHING, violations

pytestmark = pytest.mark.browser


async def test_five_moves_survive_a_reload_without_a_connection_and_are_each_sent_once(
    visit: Visit, shop: Shop, wire: Wire
) -> None:
    cards = await shop.places(6)
    board = await lasting(visit, shop)
    await off(board, wire)
    for card in cards[:5]:
        await board.press(board.next(card))
        await expect(board.row(card).locator(".pill--waits")).to_have_text("waiting to send")
    await expect(chip(board.page)).to_have_text("5 changes waiting")

    await board.page.reload()

    await expect(chip(board.page)).to_have_text("5 changes waiting")
    await expect(board.lamp).to_have_attribute("data-state", "stale")
    await expect(board.page.locator("#banner")).to_contain_text("Not live since")
    await expect(board.rows).to_have_count(6)
    await expect(board.row(cards[0]).locator(".pill").first).to_have_text("Ready")
    await expect(board.row(cards[5]).locator(".pill").first).to_have_text("Pending")
    await on(board, wire)
    await sent(board.page)
    assert [await moves(shop, card["id"]) for card in cards] == [["ready"]] * 5 + [[]]


async def test_two_moves_of_one_order_are_sent_in_their_order(
    board: Board, shop: Shop, wire: Wire
) -> None:
    card = await shop.place()
    await expect(board.row(card)).to_be_visible()
    await off(board, wire)
    for stage in ("Ready", "Fulfilled"):
        await board.press(board.row(card).locator(".row__more"))
        await board.page.get_by_role("menuitem", name=stage).click()
        await expect(board.row(card).locator(".pill").first).to_have_text(stage)
    await expect(chip(board.page)).to_have_text("2 changes waiting")

    await on(board, wire)

    await sent(board.page)
    assert await moves(shop, card["id"]) == ["ready", "fulfilled"]


async def test_who_was_faster_is_told_in_the_row_and_ours_can_be_set_nevertheless(
    board: Board, shop: Shop, wire: Wire
) -> None:
    cancelled, back = await shop.place("Cancelled"), await shop.place("Back")
    back = await shop.move(back, "ready")
    await expect(board.row(back).locator(".pill").first).to_have_text("Ready")
    await off(board, wire)
    await board.press(board.next(cancelled))
    await board.press(board.row(back).locator(".row__more"))
    await board.page.get_by_role("menuitem", name="Back to Pending").click()
    await expect(chip(board.page)).to_have_text("2 changes waiting")
    await shop.move(cancelled, "cancelled", reason="too_busy", seen=1)
    await shop.ask("POST", f"/orders/{back['id']}/notes", {"text": "By the stairs"})

    await on(board, wire)

    await expect(chip(board.page)).to_have_text("2 changes refused")
    theirs = board.row(cancelled).locator(".note")
    await expect(theirs).to_contain_text("Web shop set this to Cancelled")
    await expect(theirs).to_contain_text(" s ago")
    await board.press(theirs.get_by_text("Keep theirs"))
    await expect(theirs).to_have_count(0)
    anyway = board.row(back).locator(".note").get_by_text("Set Pending anyway")
    async with board.page.expect_response("**/advance"):
        await board.press(anyway)
    await sent(board.page)
    assert await moves(shop, back["id"]) == ["ready", "pending"]


async def test_the_list_of_what_waits_says_what_and_lets_go_of_it(
    board: Board, shop: Shop, wire: Wire
) -> None:
    card, other = await shop.place("First"), await shop.place("Second")
    await expect(board.rows).to_have_count(2)
    await off(board, wire)
    await board.press(board.next(card))
    await note(board, other, "Ask for Maria")
    await chip(board.page).click()
    items = board.page.locator(".unsent__item")
    await expect(items).to_have_count(2)
    await expect(items.first).to_contain_text(card["code"])
    await expect(items.first).to_contain_text("Ready")
    await expect(items.first).to_contain_text("waiting to be sent")

    await items.first.get_by_role("button").click()

    await expect(items).to_have_count(1)
    await board.page.get_by_role("button", name="Close").click()
    await expect(board.row(card).locator(".pill").first).to_have_text("Pending")
    await on(board, wire)
    await sent(board.page)
    history = (await shop.get(f"/orders/{other['id']}"))["history"]
    assert [entry["detail"].get("text") for entry in history] == [None, "Ask for Maria"]
    assert await moves(shop, card["id"]) == []


async def note(board: Board, card: Card, text: str) -> None:
    """Write a note about an order."""
    await board.press(board.row(card).locator(".row__more"))
    await board.page.get_by_role("menuitem", name="Add a note").click()
    await board.page.fill("#note-text", text)
    await board.page.get_by_role("button", name="Add note").click()


async def test_what_cannot_wait_is_off_and_says_why(board: Board, shop: Shop, wire: Wire) -> None:
    card = await shop.place()
    await expect(board.row(card)).to_be_visible()
    await off(board, wire)

    await board.press(board.row(card).locator(".row__more"))

    cancel = board.page.get_by_role("menuitem", name="Cancel order")
    await expect(cancel).to_be_disabled()
    await expect(cancel).to_contain_text("Needs a connection")
    await board.page.keyboard.press("Escape")
    await board.row(card).locator(".row__who").click()
    drawer = board.page.locator("#drawer")
    await expect(drawer.locator("[data-to=cancelled]")).to_be_disabled()
    await expect(drawer.locator("[data-js=why]")).to_contain_text("needs a connection")
    await expect(drawer.locator("[data-to=ready]")).to_be_enabled()


async def test_a_move_is_taken_back_before_it_was_sent(
    board: Board, shop: Shop, wire: Wire
) -> None:
    card = await shop.place()
    await expect(board.row(card)).to_be_visible()
    await off(board, wire)
    await board.press(board.next(card))
    await expect(chip(board.page)).to_have_text("1 change waiting")

    await board.press(board.row(card).locator(".row__undo"))

    await expect(chip(board.page)).to_be_hidden()
    await expect(board.row(card).locator(".pill").first).to_have_text("Pending")
    await on(board, wire)
    assert await moves(shop, card["id"]) == []


async def test_an_empty_board_does_not_say_that_there_is_nothing(board: Board, wire: Wire) -> None:
    head = board.page.locator(".empty__head")
    await expect(head).to_have_text("No orders yet")

    await off(board, wire)

    await expect(head).to_have_text("There may be orders that this list does not show")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_without_a_connection(
    visit: Visit, shop: Shop, wire: Wire, scheme: Any
) -> None:
    card, other = await shop.place("First"), await shop.place("Second")
    board = await visit.board(shop.location, color_scheme=scheme)
    await expect(board.rows).to_have_count(2)
    await off(board, wire)
    await board.press(board.next(card))
    await board.press(board.next(other))
    await expect(chip(board.page)).to_have_text("2 changes waiting")
    assert await violations(board.page) == []
    await chip(board.page).click()
    assert await violations(board.page) == []
    await board.page.get_by_role("button", name="Close").click()
    await shop.move(card, "cancelled", reason="too_busy", seen=1)

    await on(board, wire)

    await expect(chip(board.page)).to_have_text("1 change refused")
    assert await violations(board.page) == []
    await chip(board.page).click()
    await expect(board.page.locator("#outbox")).to_be_visible()
    await expect(board.page.locator(".unsent__item")).to_contain_text("Keep theirs")
    assert await violations(board.page) == []


async def test_on_a_phone_nothing_moves_when_a_change_waits(
    visit: Visit, shop: Shop, wire: Wire
) -> None:
    card = await shop.place()
    board = await visit.board(shop.location, viewport=PHONE, has_touch=True)
    await off(board, wire)
    before = await board.page.locator("#strip").bounding_box()

    await board.press(board.next(card))

    await expect(chip(board.page)).to_be_visible()
    assert await board.page.locator("#strip").bounding_box() == before


@pytest.mark.parametrize("width", [320, 640, 800, 1024, 1280])
async def test_all_that_waits_and_is_wrong_has_room_in_the_header(
    visit: Visit, shop: Shop, wire: Wire, width: int
) -> None:
    card = await shop.place()
    await shop.ask("POST", f"/orders/{card['id']}/issues", {"type": "full_refund"})
    board = await visit.board(shop.location, viewport={"width": width, "height": 700}, **TOUCHING)
    await off(board, wire)

    await board.press(board.next(card))

    await expect(chip(board.page)).to_be_visible()
    assert await board.page.evaluate("document.documentElement.scrollWidth") <= width
