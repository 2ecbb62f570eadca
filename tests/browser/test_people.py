"""People come and go, tablets are shared: what an admin does on one screen is so on the others."""

import re
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from tests.browser.boards import PHONE, TABLET, Board, Shop, Visit
from tests.browser.figures import Figures
from tests.browser.test_access import SCHEMES, SMALL_TARGETS, violations
from tests.cast import PASSWORD

pytestmark = pytest.mark.browser

CHOSEN: Final = "nine ladies dancing slowly"
PIN: Final = "2718"
SHUT_OUT_SECONDS: Final = 5.0
WIDE: Final[Any] = TABLET
NARROW: Final[Any] = {"width": 320, "height": 640}


async def invite(page: Page, email: str, place: str) -> None:
    """Invite somebody to the staff of a place."""
    await page.get_by_role("button", name="Invite somebody").click()
    dialog = page.get_by_role("dialog", name="Invite somebody")
    await dialog.get_by_label("E-mail").fill(email)
    await dialog.get_by_label(place, exact=True).check()
    await dialog.get_by_role("button", name="Send the invitation").click()
    await expect(dialog).to_be_hidden()


async def way_in(visit: Visit, page: Page, email: str) -> str:
    """The one-time password that the outbox holds."""
    await page.goto(f"{visit.url}/outbox")
    mail = page.locator(".mail", has_text=email).first
    found = re.search(r"Password: (\S+)", await mail.inner_text())
    assert found
    return found[1]


async def come_in(visit: Visit, page: Page, email: str, password: str) -> None:
    """Fill in the form at the door."""
    await page.goto(f"{visit.url}/login")
    await page.fill("#email", email)
    await page.fill("#password", password)
    await page.click("[data-js=go]")


async def place_name(visit: Visit, page: Page, location: int) -> str:
    """How a place is called."""
    await page.goto(f"{visit.url}/board?location={location}")
    return await page.locator(".place__name").first.inner_text()


async def test_somebody_is_invited_comes_in_works_and_is_shut_out(
    visit: Visit, shop: Shop, figures: Figures
) -> None:
    admin = await visit.page("/people")
    place = await place_name(visit, admin, shop.location)
    email = f"eve{shop.location}@tests.example"
    await admin.goto(f"{visit.url}/people")
    await invite(admin, email, place)
    row = admin.locator("#list .sheet__row", has_text=email)
    await expect(row).to_contain_text("Invited by Ana, until")
    once = await way_in(visit, await visit.page("/outbox"), email)

    phone = await visit.stranger(viewport=PHONE)
    await come_in(visit, phone, email, once)
    await phone.wait_for_url(f"{visit.url}/password?next=%2Fboard")
    await phone.goto(f"{visit.url}/board")
    await phone.wait_for_url(f"{visit.url}/password")
    await phone.fill("#password", CHOSEN)
    await phone.click("[data-js=go]")
    await phone.wait_for_url(f"{visit.url}/board**")
    await phone.goto(f"{visit.url}/board?location={shop.location}")
    board = Board(phone)
    await board.live()
    await expect(row).to_contain_text("Last seen")

    await row.get_by_role("button", name="Shut out").click()
    await expect(row).to_contain_text("Shut out")
    began = await phone.evaluate("performance.now()")
    await expect(phone.locator("#banner")).to_contain_text("signed out", timeout=6_000)
    took = (await phone.evaluate("performance.now()") - began) / 1000
    figures.note("shut out: the board says so after, s", round(took, 1))
    assert took <= SHUT_OUT_SECONDS
    await admin.get_by_role("button", name="Undo").click()
    await expect(row).to_contain_text("Last seen")
    await come_in(visit, phone, email, once)
    await expect(phone.get_by_role("alert")).to_contain_text("do not go together")
    await come_in(visit, phone, email, CHOSEN)
    await phone.wait_for_url(f"{visit.url}/board**")


async def paired(visit: Visit, tablet: Page, manager: Page, place: str, name: str) -> None:
    """Let a tablet in: it shows a code, somebody types it."""
    await tablet.goto(f"{visit.url}/pair")
    await tablet.get_by_role("button", name="Show a code").click()
    code = (await tablet.locator(".pairing__code").inner_text()).split()[-1]
    await manager.goto(f"{visit.url}/devices?code={code}")
    await manager.get_by_role("dialog").get_by_role("button", name="Go on").click()
    dialog = manager.get_by_role("dialog", name="Let this device in?")
    await expect(dialog).to_contain_text("Chrome on Linux")
    await dialog.get_by_label("Name").fill(name)
    await dialog.get_by_label("Place").select_option(label=place)
    await dialog.get_by_role("button", name="Let it in").click()
    await expect(manager.locator("#list .sheet__row", has_text=name)).to_be_visible()
    await tablet.wait_for_url(f"{visit.url}/switch", timeout=15_000)


async def test_a_tablet_is_let_in_and_shared_by_pin(visit: Visit, shop: Shop) -> None:
    card = await shop.place()
    ana = await visit.page("/account")
    place = await place_name(visit, ana, shop.location)
    await ana.goto(f"{visit.url}/account")
    await ana.fill("#pin", PIN)
    await ana.get_by_role("button", name="Set the PIN").click()
    await expect(ana.locator("#change-pin")).to_contain_text("Your PIN is set")
    tablet, name = await visit.stranger(), f"Tablet {shop.location}"
    await paired(visit, tablet, ana, place, name)

    await tablet.get_by_role("button", name="Ana", exact=True).click()
    for digit in ("9", "9", "9", "9"):
        await tablet.locator(f'[data-digit="{digit}"]').click()
    await tablet.get_by_role("button", name="Sign in", exact=True).click()
    await expect(tablet.get_by_role("alert")).to_contain_text("not the PIN")
    for digit in PIN:
        await tablet.locator(f'[data-digit="{digit}"]').click()
    await tablet.get_by_role("button", name="Sign in", exact=True).click()
    await tablet.wait_for_url(f"**/board?location={shop.location}")
    board = Board(tablet)
    await board.live()
    await board.press(board.next(card))
    await board.settled(card)
    history = (await shop.get(f"/orders/{card['id']}"))["history"]
    assert history[-1]["by"] == {"name": "Ana", "role": "admin", "device": name}

    await tablet.get_by_role("button", name=re.compile("^Account")).click()
    await tablet.get_by_role("button", name="Lock this tablet").click()
    await tablet.wait_for_url(f"{visit.url}/switch")
    await tablet.get_by_role("link", name="Only look").click()
    await Board(tablet).live()
    await expect(Board(tablet).next(card)).to_be_hidden()

    row = ana.locator("#list .sheet__row", has_text=name)
    await row.get_by_role("button", name="Shut out").click()
    await expect(tablet.locator("#banner")).to_contain_text("signed out", timeout=6_000)
    await tablet.goto(f"{visit.url}/board")
    await tablet.wait_for_url(f"{visit.url}/login**")


async def test_whoever_forgot_the_password_sets_another(visit: Visit) -> None:
    page, admin = await visit.stranger(), await visit.page("/outbox")
    await page.goto(f"{visit.url}/login")
    await page.get_by_role("link", name="Forgot your password?").click()
    await page.fill("#email", "dan@tests.example")
    await page.get_by_role("button", name="Mail me a link").click()
    await expect(page.get_by_role("status").first).to_contain_text("a link is on its way")

    await admin.reload()
    text = await admin.locator(".mail", has_text="dan@tests.example").first.inner_text()
    found = re.search(r"(/reset/\S+)", text)
    assert found
    await page.goto(f"{visit.url}{found[1]}")
    await page.fill("#password", PASSWORD)
    await page.click("[data-js=go]")
    await page.wait_for_url(f"{visit.url}/login?told=set")
    await page.goto(f"{visit.url}{found[1]}")
    await expect(page.get_by_role("alert")).to_contain_text("has been used")


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing_in_the_office_and_at_the_door(
    visit: Visit, scheme: Any, figures: Figures
) -> None:
    page, found = await visit.page("/people", color_scheme=scheme), []
    small: list[str] = []
    for path in ("/people", "/devices", "/changes", "/account"):
        await page.goto(f"{visit.url}{path}")
        found += await violations(page)
        small += await page.evaluate(SMALL_TARGETS, 44)
        await page.set_viewport_size(NARROW)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path
        await page.set_viewport_size(WIDE)
    await page.goto(f"{visit.url}/people")
    await page.get_by_role("button", name="Invite somebody").click()
    found += await violations(page)
    stranger = await visit.stranger(color_scheme=scheme, viewport=NARROW)
    for path in ("/forgot", "/reset/none", "/pair"):
        await stranger.goto(f"{visit.url}{path}")
        found += await violations(stranger)
        wide = await stranger.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320, path
    await stranger.get_by_role("button", name="Show a code").click()
    found += await violations(stranger)

    figures.note(f"A1 office and door, {scheme}: serious or critical", len(found))
    assert found == []
    assert small == []
