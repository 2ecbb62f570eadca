"""The customer's page in a browser: live, small, and of use without any script (P4)."""

from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from tests.browser.boards import PHONE, Card, Shop, Visit
from tests.browser.figures import Figures
from tests.browser.serving import Wire
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
NO_SOCKETS: Final = """
window.WebSocket = class {
  constructor() { setTimeout(() => this.onclose?.({ code: 1006 })); }
  close() {}
};
"""
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


async def link(shop: Shop, card: Card) -> str:
    """The customer's own link."""
    return str((await shop.get(f"/orders/{card['id']}/qr"))["page"])


async def opened(visit: Visit, shop: Shop, card: Card, **context: Any) -> Page:
    """The page on somebody's phone."""
    page = await visit.stranger(**{"viewport": PHONE, **context})
    await page.goto(await link(shop, card))
    return page


async def live(page: Page) -> None:
    await expect(page.locator("#fresh")).to_contain_text("Live · checked")


async def test_a_change_is_on_the_phone_at_once(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    page = await opened(visit, shop, card)
    await live(page)
    await expect(page.locator("#stage")).to_have_text("Pending")
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))

    await shop.move(card, "ready")

    await expect(page.locator("#stage")).to_have_text("Ready")
    await expect(page.locator("#sentence")).to_contain_text("Collect it at")
    await expect(page.locator("#say-polite")).to_contain_text("Ready.")
    await expect(page.locator('[aria-current="step"]')).to_contain_text("Ready")
    assert await page.title() == f"Ready · {card['code']}"
    assert loads == []


async def test_it_needs_no_script(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    page = await opened(visit, shop, card, java_script_enabled=False)
    await expect(page.locator("#stage")).to_have_text("Pending")
    await shop.move(card, "ready")

    await page.locator("#again").click()

    await expect(page.locator("#stage")).to_have_text("Ready")
    await expect(page.locator(".ticket__code")).to_contain_text(card["code"])
    await expect(page.locator(".ticket__qr svg")).to_be_visible()
    await expect(page.locator("#larger")).to_be_hidden()


async def test_a_bad_link_leads_to_the_form_without_any_script(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    page = await visit.stranger(viewport=PHONE, java_script_enabled=False)
    await page.goto(f"{(await link(shop, card))[:-1]}!")
    await expect(page.locator("body")).not_to_contain_text(card["code"])

    await page.fill("#email", "guest@guests.example")
    await page.get_by_role("button", name="Ask for a new link").click()

    await expect(page.locator("main")).to_contain_text("If there is an order with this address")


async def test_without_a_socket_the_page_asks(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    page = await visit.stranger(viewport=PHONE)
    await page.add_init_script(NO_SOCKETS)
    await page.clock.install()
    await page.goto(await link(shop, card))
    await page.clock.run_for(12_000)
    await expect(page.locator("#fresh")).to_contain_text("Checked")

    await shop.move(card, "ready")
    await page.clock.run_for(12_000)

    await expect(page.locator("#stage")).to_have_text("Ready")


async def test_a_page_that_hears_nothing_does_not_say_live(
    visit: Visit, shop: Shop, wire: Wire
) -> None:
    card = await shop.place()
    page = await opened(visit, shop, card)
    await live(page)
    await page.clock.install()

    wire.cut()
    await page.clock.run_for(30_000)

    await expect(page.locator("#fresh")).to_contain_text("Not checked since")
    wire.mend()
    await shop.move(card, "ready")
    await page.clock.run_for(20_000)
    await expect(page.locator("#stage")).to_have_text("Ready")


async def test_a_link_that_is_revoked_takes_the_order_off_the_screen(
    visit: Visit, shop: Shop
) -> None:
    card = await shop.place()
    page = await opened(visit, shop, card)
    await live(page)

    change = {"customer": {"email": "other@guests.example"}}
    answer = await shop.client.patch(
        f"/orders/{card['id']}", json=change, headers={"If-Match": '"1"'}
    )

    assert answer.is_success
    await expect(page.locator("h1")).to_have_text("Ask for a new link")
    await expect(page.locator("body")).not_to_contain_text(card["code"])


async def test_what_is_sent_to_a_customer_is_theirs_alone(visit: Visit, shop: Shop) -> None:
    mine = await shop.place("Maria K.")
    page = await visit.stranger(viewport=PHONE)
    frames: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda text: frames.append(str(text))),
    )
    await page.goto(await link(shop, mine))
    await live(page)

    others = [await shop.place(f"Secret {n}", instructions="Planted note") for n in range(5)]
    for other in others:
        await shop.move(other, "ready")
    await shop.move(mine, "ready")
    await expect(page.locator("#stage")).to_have_text("Ready")

    told = "".join(frames)
    assert mine["code"] in told
    planted = ["Secret", "Planted", "guest@guests.example", "+358401234567", "Web shop"]
    planted += [word for other in others for word in (other["code"], other["id"])]
    assert [word for word in planted if word in told] == []


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
