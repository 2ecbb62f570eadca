"""The customer's page in a browser: live, and of use without any script."""

from typing import Final

import pytest
from playwright.async_api import expect

from tests.browser.boards import PHONE, Shop, Visit
from tests.browser.customers import link, live, opened
from tests.browser.serving import Wire

pytestmark = pytest.mark.browser

NO_SOCKETS: Final = """
window.WebSocket = class {
  static OPEN = 1;
  constructor() { setTimeout(() => this.onclose?.({ code: 1006 })); }
  close() {}
};
"""


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
