"""The screens beside the board in a language twice as wide, or from right to left (I1)."""

from typing import Final

import pytest
from playwright.async_api import Page, expect

from server.orders.stages import PLANS
from tests.browser.boards import Card, Shop, Visit
from tests.browser.languages import DATA, codes, orders
from tests.browser.sight import Seen
from tests.cast import address

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PEOPLE: Final = ("Ana", "Ben", "Dan", "Cora")
STAGES: Final = {stage.label for plan in PLANS.values() for stage in plan.stages.values()}
KEPT: Final = (
    *PEOPLE,
    *map(address, PEOPLE),
    *STAGES,
    *("Chrome on Linux", "EUR", "en_XA", "ar_XB", "K724", "staff", "/pair", "ABCD-EFGH"),
)
"""People, stages of every flow, and what the office shows as it was typed or read."""
OFFICE: Final = ("/people", "/devices", "/changes", "/account", "/settings")
DOOR: Final = ("/login", "/forgot", "/reset/none", "/pair", "/nowhere", "/shell", "/o/none")


async def places(shop: Shop) -> list[str]:
    """What the locations are called."""
    found = await shop.ask("GET", "/locations")
    return [place["name"] for place in found["locations"]]


def typed(card: Card) -> list[str]:
    """What people typed of an order: it stands beside those of other tests."""
    customer, said = card["customer"]["name"], [one["text"] for one in card["issues"]]
    notes = [one["note"] for one in card["issues"]]
    return [
        word
        for word in (
            card["code"],
            customer,
            card["text"]["items"],
            card["destination"],
            *said,
            *notes,
        )
        if word
    ]


async def opened(page: Page, url: str, seen: Seen) -> None:
    """Go somewhere, and look."""
    await page.goto(url)
    await page.wait_for_load_state("networkidle")
    await seen.look(url.partition("/")[2].partition("/")[2])


async def test_every_word_of_the_office_is_translated_and_can_be_read(
    visit: Visit, shop: Shop, language: str
) -> None:
    page = await visit.page("/people")
    seen = Seen(page, (*DATA, *KEPT, *await places(shop)))

    for path in OFFICE:
        await opened(page, visit.url + path, seen)
    await page.goto(f"{visit.url}/people")
    await page.locator("[data-act=invite]").click()
    await expect(page.locator("#person")).to_be_visible()
    await seen.look("invitation")

    assert not seen.wrong, "\n".join(seen.wrong)
    assert await page.evaluate("document.documentElement.lang") == language.replace("_", "-")


async def test_every_word_about_problems_is_translated_and_can_be_read(
    visit: Visit, shop: Shop, language: str
) -> None:
    cards = await orders(shop)
    page = await visit.page("/resolution")
    flagged = await shop.ask("GET", "/orders?limit=100")
    known = [word for card in flagged["orders"] for word in typed(card)]
    seen = Seen(page, (*DATA, *KEPT, *codes(cards), *known, *await places(shop)))

    await opened(page, f"{visit.url}/resolution", seen)
    await opened(page, visit.url + cards[3]["href"], seen)
    for act, dialog in (("flag", "#ask-flag"), ("resolve", "#ask-resolve")):
        await page.locator(f".details [data-act={act}]").first.click()
        await expect(page.locator(dialog)).to_be_visible()
        await seen.look(dialog)
        await page.keyboard.press("Escape")

    assert not seen.wrong, "\n".join(seen.wrong)
    assert await page.evaluate("document.documentElement.lang") == language.replace("_", "-")


@pytest.mark.parametrize("wished", ["en-XA", "ar-XB"])
async def test_every_word_at_the_door_is_translated_and_can_be_read(
    visit: Visit, wished: str
) -> None:
    page = await visit.stranger(extra_http_headers={"Accept-Language": wished})
    seen = Seen(page, (*DATA, *KEPT))

    for path in DOOR:
        await opened(page, visit.url + path, seen)
        assert await page.evaluate("document.documentElement.lang") == wished
    await page.goto(f"{visit.url}/login")
    await page.fill("#email", "nobody@tests.example")
    await page.fill("#password", "wrong")
    await page.click("[data-js=go]")
    await expect(page.get_by_role("alert")).to_be_visible()
    await seen.look("wrong password")

    assert not seen.wrong, "\n".join(seen.wrong)
