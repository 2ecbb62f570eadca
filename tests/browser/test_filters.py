"""What the board lists: filters and their counts, what needs somebody, one customer, all places."""

import re
from datetime import timedelta
from typing import Final

import pytest
from playwright.async_api import Locator, expect

from server.clock import now
from tests.browser.boards import PHONE, Board, Card, Shop, Visit
from tests.browser.conftest import Served

pytestmark = pytest.mark.browser

LONG: Final = 15_000


def count(board: Board, stage: str) -> Locator:
    """What stands behind a filter."""
    return board.page.locator(f'#strip [data-stage="{stage}"] .strip__count')


def group(board: Board, name: str) -> Locator:
    """The codes under a heading of the list."""
    rule = f'#orders > .group[data-group="{name}"] ~ .row .row__code'
    other = f'#orders > .group[data-group="{name}"] ~ .group ~ .row .row__code'
    return board.page.locator(f":is({rule}):not({other})")


def due(**later: float) -> str:
    return (now() + timedelta(**later)).isoformat()


async def flag(shop: Shop, card: Card) -> None:
    await shop.ask("POST", f"/orders/{card['id']}/issues", {"type": "full_refund"})


async def test_every_filter_lists_what_it_counts(board: Board, shop: Shop) -> None:
    pending, ready, fulfilled, flagged = await shop.places(4)
    await shop.move(ready, "ready")
    await shop.move(fulfilled, "fulfilled")
    await flag(shop, flagged)
    later = await shop.place("Later", due_at=due(days=2))

    for stage, cards in {
        "needs": [flagged],
        "pending": [pending, flagged],
        "ready": [ready],
        "fulfilled": [fulfilled],
        "flagged": [flagged],
        "resolved": [],
        "scheduled": [later],
    }.items():
        await board.choose(stage)
        codes = [card["code"] for card in cards]
        await expect(board.page.locator("#orders .row__code")).to_have_text(codes)
        await expect(count(board, stage)).to_have_text(str(len(cards)))
    await expect(count(board, "all")).to_have_text("5")


async def test_counts_change_at_once_while_the_list_is_held(board: Board, shop: Shop) -> None:
    card = await shop.place()
    await expect(board.row(card)).to_be_visible()
    await board.page.keyboard.press("j")
    await expect(board.row(card).locator(".row__who")).to_be_focused()

    other = await shop.place()
    await flag(shop, other)

    await expect(count(board, "pending")).to_have_text("2")
    await expect(count(board, "flagged")).to_have_text("1")
    await expect(count(board, "needs")).to_have_text("1")
    await expect(board.rows).to_have_count(1)


async def test_what_needs_somebody_stands_above_the_rest(board: Board, shop: Shop) -> None:
    calm, flagged = await shop.place("Calm"), await shop.place("Flagged")
    await expect(board.rows).to_have_count(2)
    await expect(board.page.locator("#orders > .group")).to_have_count(0)
    await board.leave()

    await flag(shop, flagged)
    late = await shop.place("Late", due_at=due(seconds=3))

    await expect(group(board, "needs")).to_have_text([flagged["code"], late["code"]], timeout=LONG)
    await expect(group(board, "rest")).to_have_text([calm["code"]])
    await expect(board.row(late)).to_have_attribute("data-level", "late")


async def test_an_order_nobody_has_accepted_needs_somebody(
    visit: Visit, shop: Shop, heard: Served
) -> None:
    shop.location = heard.cast.kitchen
    card = await shop.place("Incoming")
    board = await visit.board(shop.location)
    await expect(group(board, "needs")).to_contain_text([card["code"]])

    await shop.ask("POST", f"/orders/{card['id']}/accept", {})

    await board.leave()
    await expect(group(board, "needs")).not_to_contain_text([card["code"]])
    await expect(board.row(card)).to_be_visible()


async def test_a_name_narrows_the_list_to_the_customer_and_the_chip_takes_it_back(
    visit: Visit, shop: Shop
) -> None:
    maria = {"name": "Maria K.", "email": "maria@guests.example"}
    first, over = [await shop.place(customer=maria) for _ in range(2)]
    await shop.place("Tom", customer={"name": "Maria K.", "email": "another@guests.example"})
    await shop.move(over, "fulfilled")
    board = await visit.board(shop.location)

    await board.row(first).locator(".row__name").click()

    await expect(board.page.locator("#orders .row__code")).to_have_text([first["code"]])
    await expect(board.page.locator("#ended .row__code")).to_have_text([over["code"]])
    chip = board.page.locator("#chip")
    await expect(chip).to_have_text("Maria K.")
    assert "customer=maria%40guests.example" in board.page.url
    await board.page.reload()
    await expect(board.page.locator("#orders .row__code")).to_have_text([first["code"]])
    await board.live()
    await chip.click()
    await expect(board.rows).to_have_count(2)
    await expect(chip).to_be_hidden()
    assert "customer" not in board.page.url


async def test_on_a_phone_a_name_is_as_large_as_a_finger(visit: Visit, shop: Shop) -> None:
    card = await shop.place("Bo")
    board = await visit.board(shop.location, viewport=PHONE, has_touch=True, is_mobile=True)

    box = await board.row(card).locator(".row__name").bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    await board.row(card).locator(".row__name").tap()
    await expect(board.page.locator("#chip")).to_have_text("Bo")
    await board.row(card).locator(".row__code").tap()
    await expect(board.page).to_have_url(re.compile(f"/orders/{card['code']}$"))


@pytest.mark.parametrize("field", ["id", "code"])
async def test_search_finds_an_order_by_its_id_or_code(
    board: Board, shop: Shop, field: str
) -> None:
    card, other = await shop.place(), await shop.place()
    await expect(board.row(other)).to_be_visible()

    await board.page.fill("#q", card[field])

    await expect(board.page.locator("#orders .row__code")).to_have_text([card["code"]])


@pytest.mark.parametrize("asked", ["tom@example.net", "1234 567", "0401234567", "tom vip"])
async def test_search_finds_by_mail_number_and_several_words(
    board: Board, shop: Shop, asked: str
) -> None:
    tom = {"name": "Tom Å.", "email": "tom@example.net", "phone": "+358401234567"}
    card = await shop.place(customer=tom, destination="VIP deck")
    other = await shop.place(customer={"name": "Bo", "email": "bo@example.net"}, destination="B")
    await expect(board.row(other)).to_be_visible()

    await board.page.fill("#q", asked)

    await expect(board.page.locator("#orders .row__code")).to_have_text([card["code"]])


async def test_a_scheduled_order_stays_apart_and_surfaces_by_itself(
    board: Board, shop: Shop
) -> None:
    far = await shop.place("Far", due_at=due(days=1))
    soon = await shop.place("Soon", due_at=due(minutes=5, seconds=6))
    fold = board.page.locator("#fold-scheduled")
    await expect(fold.get_by_role("button")).to_have_text("Scheduled 2")
    await expect(board.rows).to_have_count(0)
    await fold.get_by_role("button").click()
    await expect(fold.locator(".row__code")).to_have_text([far["code"], soon["code"]])
    await expect(fold.locator(".row__age").first).to_have_text(re.compile("for "))

    await board.leave()

    await expect(board.row(soon)).to_be_visible(timeout=LONG)
    await expect(count(board, "scheduled")).to_have_text("1")
    await expect(fold.locator(".row__code")).to_have_text([far["code"]])


async def test_a_long_list_that_was_folded_is_there_to_its_end(board: Board, shop: Shop) -> None:
    for minutes in range(90):
        await shop.place(f"Guest {minutes:02}", due_at=due(days=1, minutes=minutes))
    fold = board.page.locator("#fold-scheduled")
    await expect(fold.get_by_role("button")).to_have_text("Scheduled 90")
    await fold.get_by_role("button").click()
    await expect(fold.locator(".row").first).to_be_visible()

    await board.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")

    await expect(fold.locator(".row__name").last).to_have_text("Guest 89")
    await expect(fold.locator(".row")).to_have_count(90)


async def test_a_scheduled_order_is_taken_up_by_hand(visit: Visit, shop: Shop) -> None:
    card = await shop.place("Far", due_at=due(days=1))
    here, there = await visit.board(shop.location), await visit.board(shop.location)
    await here.page.locator("#fold-scheduled").get_by_role("button").click()
    row = here.page.locator(f'#scheduled > .row[data-key="{card["id"]}"]')

    await here.press(row.locator(".row__more"))
    await here.page.locator("#menu").get_by_text("Take up now").click()

    await expect(there.row(card)).to_be_visible()
    await expect(here.row(card)).to_be_visible()
    await here.row(card).locator(".row__who").click()
    past = here.page.locator("#drawer .past__what")
    await expect(past).to_have_text(["Taken up before its time", "Placed as Pending"])


async def test_a_board_of_all_locations_is_live_at_each_and_shows_only_ones_own(
    visit: Visit, shop: Shop, heard: Served
) -> None:
    own, foreign = Shop(shop.client, heard.cast.bar), shop
    there = await foreign.place("Foreign")
    here = await own.place("Own")
    ana = Board(await visit.page("/board?location=all&sort=-placed_at"))
    ben = Board(await visit.page("/board?location=all&sort=-placed_at", name="Ben"))
    await ana.live()
    await ben.live()

    await expect(ana.row(there)).to_be_visible()
    await expect(ana.row(here).locator(".row__place")).to_have_text("Bar South · Block C")
    await expect(ben.row(here)).to_be_visible()
    assert there["code"] not in await ben.page.content()

    moved = await foreign.move(there, "ready")
    another = await own.place("Another")
    await expect(ana.row(moved).locator(".pill").first).to_have_text("Ready")
    await expect(ana.row(another)).to_be_visible()
    await expect(ben.row(another)).to_be_visible()
    assert there["code"] not in await ben.page.content()
