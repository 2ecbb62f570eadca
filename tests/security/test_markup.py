"""S12: what people type stays text, on every screen, in print, in mail and in files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Browser, Dialog, Page, async_playwright, expect
from sqlmodel import Session

from server.browser import chromium
from server.db import Database
from server.models import Location, Station
from server.people import accounts
from server.people.actors import Role
from tests.browser.serving import prepared, served
from tests.cast import PASSWORD, Cast, address
from tests.flow.programs import Web
from tests.security.callers import HASH, paired
from tests.security.payloads import MARK, PAYLOADS, evil

LISTEN: Final = """
window.reports = [];
addEventListener('securitypolicyviolation', (event) => reports.push(event.violatedDirective));
"""
INJECTED: Final = f"document.querySelectorAll('#{MARK}').length + reports.length"


@dataclass
class Stage:
    """A running Heard in which everything is called something evil."""

    web: Web
    cast: Cast
    codes: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    var = tmp_path_factory.mktemp("markup")
    settings, cast, bars = prepared(var, "")
    with closing(Database(settings.database)) as database:
        database.write_now(lambda session: called(session, cast, bars))
    with served(settings) as web:
        yield Stage(web, cast)


def called(session: Session, cast: Cast, bars: list[int]) -> None:
    """Names of places, stations, people and devices."""
    for bar, payload in zip(bars, PAYLOADS, strict=False):
        session.get_one(Location, bar).name = payload
    for number, payload in enumerate(PAYLOADS):
        session.add(Station(location_id=cast.bar, name=payload))
        paired(session, cast.harbour, cast.bar, "board", payload)
        accounts.add(
            session, cast.harbour, f"p{number}@tests.example", payload, Role.STAFF, HASH, [cast.bar]
        )


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium())
        yield launched
        await launched.close()


@pytest.mark.browser
@pytest.mark.timeout(180)
async def test_nothing_runs_or_is_injected_on_any_screen(
    stage: Stage, browser: Browser, record_property: Any
) -> None:
    links = await fill(stage)
    dialogs: list[str] = []
    page = await signed_in(stage, browser, dialogs)
    shown = 0
    for path in [
        f"/board?location={stage.cast.bar}",
        *(f"/orders/{code}" for code in stage.codes[:3]),
        "/resolution", "/people", "/devices", "/changes", "/account", "/outbox",
        f"/settings?location={stage.cast.bar}",
        *links,
    ]:  # fmt: skip
        await page.goto(path if path.startswith("http") else stage.web.url + path)
        shown += await texts(page)
        assert await page.evaluate(INJECTED) == 0, path
    await opened_one_by_one(stage, page)

    assert dialogs == []
    assert shown > 5 * len(PAYLOADS)  # or they were not shown at all
    record_property("payloads seen as text", shown)


async def fill(stage: Stage) -> list[str]:
    """An order for each payload, with it in every field; and the pages of some customers."""
    headers = {"Authorization": f"Bearer {stage.cast.shop_token}"}
    async with AsyncClient(base_url=f"{stage.web.url}/api/v1", headers=headers, timeout=20) as shop:
        links = []
        for number, payload in enumerate(PAYLOADS):
            placed = await shop.post("/orders", json=evil(stage.cast.bar, number, payload))
            assert placed.status_code == 201, placed.text
            code = placed.json()["code"]
            stage.codes.append(code)
            flag = {"type": "other", "text": payload}
            assert (await shop.post(f"/orders/{code}/issues", json=flag)).is_success
            assert (await shop.post(f"/orders/{code}/notes", json={"text": payload})).is_success
            if number < 3:
                links.append((await shop.get(f"/orders/{code}/qr")).json()["page"])
        busy = {"state": "busy", "minutes": 60, "reason": PAYLOADS[1]}
        assert (await shop.put(f"/locations/{stage.cast.bar}/status", json=busy)).is_success
        return links


async def signed_in(stage: Stage, browser: Browser, dialogs: list[str]) -> Page:
    """Ana's page, which notes what must not happen."""
    context = await browser.new_context(service_workers="block")
    await context.add_init_script(LISTEN)
    page = await context.new_page()

    async def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", note)
    await page.goto(f"{stage.web.url}/login")
    await page.fill("#email", address("Ana"))
    await page.fill("#password", PASSWORD)
    await page.click("[data-js=go]")
    await page.wait_for_url("**/board*")
    return page


async def texts(page: Page) -> int:
    """How many payloads can be read on the page."""
    said = await page.evaluate("document.body.innerText")
    return sum(payload in said for payload in PAYLOADS)


async def opened_one_by_one(stage: Stage, page: Page) -> None:
    """The drawer draws an order by script, and the board draws each anew when it changes."""
    await page.goto(f"{stage.web.url}/board?location={stage.cast.bar}")
    await page.wait_for_selector("#lamp[data-state=live]")
    for row in (await page.locator("#orders > .row").all())[:6]:
        await row.locator(".row__code").click()
        drawn = page.locator("#drawer .details__title")
        await expect(drawn).to_contain_text(await row.locator(".row__code").inner_text())
        assert await page.evaluate(INJECTED) == 0
