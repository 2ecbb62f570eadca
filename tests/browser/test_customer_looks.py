"""The customer's page for every eye, hand and phone: small, large enough, on paper (P4, A1, A6)."""

from typing import Any, Final

import pytest
from playwright.async_api import expect

from tests.browser.boards import PHONE, Shop, Visit
from tests.browser.customers import link, live, opened
from tests.browser.figures import Figures
from tests.browser.test_access import SMALL_TARGETS, violations

pytestmark = pytest.mark.browser

BYTES: Final = 60_000
FIRST_PAINT_MILLISECONDS: Final = 1_500
SLOW_3G: Final = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 400 * 1024 / 8,
    "uploadThroughput": 400 * 1024 / 8,
}
NARROW: Final = {"width": 320, "height": 640}
PAINTED: Final = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
SIDEWAYS: Final = "document.documentElement.scrollWidth > innerWidth"
LONG: Final[dict[str, Any]] = {
    "customer": {"name": "Maximiliane Freifrau von und zu Schwarzenberg-Hohenlohe"},
    "lines": [
        {
            "name": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk-Burger",
            "quantity": 12,
            "unit_price": 123_450,
            "modifiers": [{"name": "Ohne Zwiebeln, ohne Gurken, ohne Sauce, ohne Brot"}],
        }
    ],
}


async def test_the_code_fills_the_screen_when_wanted(visit: Visit, shop: Shop) -> None:
    page = await opened(visit, shop, await shop.place())
    small = await page.locator(".ticket__qr svg").bounding_box()

    await page.get_by_role("button", name="Show it large").click()

    large = await page.locator("#large svg").bounding_box()
    assert small
    assert large
    assert 240 <= small["width"] < large["width"]
    await page.keyboard.press("Escape")
    await expect(page.locator("#large")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(visit: Visit, shop: Shop, scheme: Any) -> None:
    card = await shop.place()
    page = await opened(visit, shop, card, color_scheme=scheme)
    await live(page)
    found = await violations(page)
    await shop.move(card, "ready")
    await expect(page.locator("#stage")).to_have_text("Ready")
    found += await violations(page)
    assert await page.evaluate(SMALL_TARGETS, 44) == []
    await page.get_by_role("button", name="Show it large").click()
    found += await violations(page)
    await page.goto(f"{visit.url}/o/nothing")
    found += await violations(page)
    assert await page.evaluate(SMALL_TARGETS, 44) == []

    assert found == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
async def test_it_fits_the_smallest_phone(visit: Visit, shop: Shop, direction: str) -> None:
    page = await opened(visit, shop, await shop.place(**LONG), viewport=NARROW)
    await page.evaluate("(dir) => (document.documentElement.dir = dir)", direction)

    assert not await page.evaluate(SIDEWAYS)

    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not await page.evaluate(SIDEWAYS)


async def test_on_paper_there_are_the_code_and_the_order(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    page = await opened(visit, shop, card)
    await page.emulate_media(media="print")

    await expect(page.locator(".ticket__code")).to_be_visible()
    await expect(page.locator(".lines__line")).to_contain_text("Burger")
    for gone in ("#larger", "#again"):
        await expect(page.locator(gone)).to_be_hidden()
    box = await page.locator(".ticket__qr svg").bounding_box()
    assert box
    assert 90 <= box["width"] <= 100  # 25 mm


async def test_it_is_small_and_soon_there(visit: Visit, shop: Shop, figures: Figures) -> None:
    address = await link(shop, await shop.place())
    page = await visit.stranger(viewport=PHONE)
    devtools: Any = await page.context.new_cdp_session(page)
    sizes: list[float] = []
    devtools.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", SLOW_3G)
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))

    await page.goto(address)
    await live(page)
    painted = await page.evaluate(PAINTED)

    figures.note("P4 customer's page, bytes", sum(sizes))
    figures.note("P4 customer's page, requests", len(sizes))
    figures.note("P4 customer's page, first contentful paint on slow 3G, ms", painted)
    assert sum(sizes) <= BYTES
    assert painted <= FIRST_PAINT_MILLISECONDS
    assert hosts <= {visit.url.split("/")[2]}
