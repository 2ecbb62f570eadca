"""The board never says more than it knows, and what it missed it gets (UI S1–S3, L5)."""

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.browser.boards import Board, Shop, Visit
from tests.browser.figures import Figures
from tests.browser.serving import Wire

pytestmark = pytest.mark.browser

CHIP_MILLISECONDS = 6_000
AGEING_SECONDS = 5.0
BACK_MILLISECONDS = 2_000
AGE = re.compile(r"is ((\d+) min )?(\d+) s old")


async def test_a_cut_wire_shows_within_six_seconds_and_is_caught_up_with_in_two(
    board: Board, shop: Shop, wire: Wire, figures: Figures
) -> None:
    cards = await shop.places(3)
    await expect(board.rows).to_have_count(3)
    await board.leave()
    watch = figures.watch()

    wire.cut()
    await expect(board.lamp).not_to_have_attribute("data-state", "live", timeout=CHIP_MILLISECONDS)
    watch.note("L5 chip changes after cut, ms")
    await expect(board.page.locator("#banner")).to_be_visible(timeout=CHIP_MILLISECONDS)
    watch.note("L5 banner after cut, ms")
    first = seconds(await board.page.locator("#banner").inner_text())
    async with asyncio.timeout(AGEING_SECONDS):
        while seconds(await board.page.locator("#banner").inner_text()) <= first:
            await board.frame()  # the age grows on the screen
    assert await board.page.locator(".row__next").first.is_enabled()  # it is kept, and sent later

    missed = await shop.places(20)
    await shop.move(cards[0], "ready")
    wire.mend()
    await board.page.locator("[data-js=again]").click()
    watch = figures.watch()
    await expect(board.rows).to_have_count(23, timeout=BACK_MILLISECONDS)
    watch.note("L5 20 missed events shown after the wire is whole, ms")
    await expect(board.lamp).to_have_attribute("data-state", "live")
    keys = await board.page.locator("#orders > .row").evaluate_all(
        "(rows) => rows.map((row) => row.dataset.key)"
    )
    assert sorted(keys) == sorted(card["id"] for card in cards + missed)
    await expect(board.row(cards[0]).locator(".pill").first).to_have_text("Ready")


def seconds(banner: str) -> int:
    """The age that the banner tells."""
    told = AGE.search(banner)
    assert told, banner
    return int(told[2] or 0) * 60 + int(told[3])


async def test_newcomers_wait_while_somebody_points_at_the_list(board: Board, shop: Shop) -> None:
    first = await shop.place("First")
    await expect(board.row(first)).to_be_visible()
    async with asyncio.TaskGroup() as tasks:
        pointing = tasks.create_task(point(board))
        await shop.places(3)
        await expect(board.page.locator("#waiting")).to_have_text("3 new orders")
        await expect(board.rows).to_have_count(1)
        await expect(board.page.locator('[data-stage="all"] .strip__count')).to_have_text("4")
        pointing.cancel()

    await board.leave()

    await expect(board.rows).to_have_count(4)
    await expect(board.page.locator("#waiting")).to_be_hidden()


async def point(board: Board) -> None:
    """Keep the mouse moving over the first row."""
    while True:
        for x in (300, 310):
            await board.page.mouse.move(x, 200)
            await asyncio.sleep(0.2)


async def test_who_leaves_a_held_list_says_where_to(board: Board, shop: Shop) -> None:
    card, other = await shop.place("First"), await shop.place("Second")
    await expect(board.row(other)).to_be_visible()
    async with asyncio.TaskGroup() as tasks:
        pointing = tasks.create_task(point(board))
        await board.page.wait_for_timeout(500)

        await shop.move(card, "fulfilled")

        text = board.row(card).locator(".note__text")
        await expect(text).to_have_text("Moved to Fulfilled by Web shop")
        pointing.cancel()
    await board.leave()
    await expect(board.row(card)).to_have_count(0)


async def test_the_key_n_lets_in_what_waits(board: Board, shop: Shop) -> None:
    await shop.place("First")
    await expect(board.rows).to_have_count(1)
    await board.page.keyboard.press("j")
    await expect(board.rows.first.locator(".row__who")).to_be_focused()
    await shop.place("Second")
    await expect(board.page.locator("#waiting")).to_have_text("1 new order")

    await board.page.keyboard.press("n")

    await expect(board.rows).to_have_count(2)
    await expect(board.rows.nth(1).locator(".row__who")).to_be_focused()


async def test_without_sockets_the_board_asks_over_http(visit: Visit, shop: Shop) -> None:
    board = await visit.board(shop.location)
    await board.page.route_web_socket("**/live", lambda socket: socket.close(code=1013))
    await board.page.reload()

    await expect(board.lamp).to_have_attribute("data-state", "polling", timeout=20_000)
    card = await shop.place("By mail coach")

    await expect(board.row(card)).to_be_visible(timeout=8_000)
    await board.press(board.next(card))
    await board.settled(card)
    assert (await shop.get(f"/orders/{card['id']}"))["stage"] == "ready"


async def test_a_move_that_gets_no_answer_waits_and_is_sent_again_under_its_key(
    board: Board, shop: Shop
) -> None:
    card = await shop.place()
    await expect(board.row(card)).to_be_visible()
    keys: list[str | None] = []
    mended = False

    async def lose(route: Route) -> None:
        keys.append(await route.request.header_value("idempotency-key"))
        await route.continue_() if mended else await route.abort()

    await board.page.route("**/advance", lose)
    await board.press(board.next(card))

    await expect(board.row(card).locator(".pill--waits")).to_have_text("waiting to send")
    mended = True
    await expect(board.row(card).locator(".pill--waits")).to_have_count(0, timeout=15_000)
    assert len(keys) > 1
    assert len(set(keys)) == 1
    assert (await shop.get(f"/orders/{card['id']}"))["version"] == 2


async def test_whoever_signs_out_elsewhere_is_told(board: Board, visit: Visit) -> None:
    other = await board.page.context.new_page()
    await other.goto(f"{visit.url}/board")
    await other.locator("[popovertarget=account]").click()
    await other.get_by_role("button", name="Sign out", exact=True).click()
    await expect(other.get_by_text("You are signed out.")).to_be_visible()

    await expect(board.page.locator("#banner")).to_contain_text("You are signed out")
    await expect(board.page.locator("[data-js=again]")).to_have_text("Sign in")
