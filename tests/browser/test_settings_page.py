"""The settings page: locations, the export, what managers see; for every window and everybody."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.boards import PHONE, TABLET, Visit
from tests.browser.figures import Figures
from tests.browser.island import Island
from tests.browser.test_access import SCHEMES, SMALL_TARGETS, violations

pytestmark = pytest.mark.browser


async def test_a_location_is_set_up_gets_stations_and_is_put_away(island: Island) -> None:
    settings = await island.settings()
    await settings.fill("#new-name", "Lighthouse")
    await settings.get_by_role("button", name="Set up").click()
    box = settings.locator(".place-settings", has_text="Lighthouse").first
    await expect(box).to_have_attribute("open", "")

    await box.get_by_label("New station").fill("Grill")
    await box.get_by_role("button", name="Add").click()
    await expect(box.get_by_label("Name of the station")).to_have_value("Grill")
    await box.get_by_role("button", name="Remove Grill").click()
    await expect(box.get_by_label("Name of the station")).to_have_count(0)
    await box.get_by_role("button", name="Archive Lighthouse").click()

    await expect(settings.get_by_role("button", name="Use Lighthouse again")).to_be_visible()
    places = (await island.ask("GET", "/locations"))["locations"]
    assert "Lighthouse" not in [place["name"] for place in places]


async def test_the_export_is_saved_as_a_file_with_its_progress(island: Island) -> None:
    await island.order("=evil")
    settings = await island.settings()

    async with settings.expect_download() as saving:
        await settings.get_by_role("button", name="Export as CSV").click()
    saved = await saving.value

    assert re.fullmatch(r"orders-[\d-]+\.csv", saved.suggested_filename)
    text = (await saved.path()).read_bytes().decode("utf-8-sig")
    assert "'=evil" in text
    rows = len(text.splitlines()) - 1
    told = settings.locator('#export [data-js="told"]')
    await expect(told).to_have_text(f"{rows} rows saved as {saved.suggested_filename}")


async def test_a_manager_sees_their_own_locations_and_nothing_of_the_whole(visit: Visit) -> None:
    page = await visit.page("/settings", "Ben")

    await expect(page.locator(".place-settings__head b")).to_have_text(["Bar South"])
    for absent in ("#stages-head", "#own-head", "#new-place"):
        await expect(page.locator(absent)).to_have_count(0)
    await expect(page.locator("#export")).to_be_visible()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_axe_finds_nothing_in_the_settings(
    island: Island, scheme: Any, figures: Figures
) -> None:
    settings = await island.settings(color_scheme=scheme)
    await settings.fill("#onsite-pending", "Ready")
    await settings.press("#onsite-pending", "Tab")
    await expect(settings.locator("#onsite-pending-error")).to_be_visible()
    found = await violations(settings)
    await settings.locator("[data-act-status]").first.click()
    found += await violations(settings, ["#ask-status"])

    figures.note(f"A1 settings and the status dialog, {scheme}: serious or critical", len(found))
    assert found == []


@pytest.mark.parametrize("size", [PHONE, TABLET, {"width": 320, "height": 600}])
async def test_settings_fit_every_window(island: Island, size: Any) -> None:
    settings = await island.settings(viewport=size)

    assert await settings.evaluate(SMALL_TARGETS, 44) == []
    sideways = "document.documentElement.scrollWidth - innerWidth"
    assert await settings.evaluate(sideways) <= 0
