"""Settings, used: what is typed there stands on every open screen, and only where it should."""

import re
from typing import Final

import pytest
from playwright.async_api import expect

from tests.browser.figures import Figures
from tests.browser.island import Island, save

pytestmark = pytest.mark.browser

AT_ONCE: Final = 1_000


async def test_a_renamed_stage_stands_on_an_open_board_at_once(
    island: Island, figures: Figures
) -> None:
    card = await island.order()
    board, settings = await island.board("&stage=all"), await island.settings()
    await expect(board.row(card)).to_be_visible()
    await board.page.evaluate("window.same = true")

    await settings.fill("#onsite-pending", "Brand new")
    await settings.press("#onsite-pending", "Tab")
    watch = figures.watch()
    await expect(board.row(card).locator(".pill").first).to_have_text("Brand new", timeout=AT_ONCE)
    watch.note("Rename on /settings to the open board's row, ms")
    await save(settings, "#onsite-ready", "Come get it")

    await expect(board.next(card)).to_have_text("Come get it", timeout=AT_ONCE)
    strip = board.page.locator("#strip")
    await expect(strip.locator('[data-stage="pending"]')).to_contain_text("Brand new")
    await expect(strip.locator('[data-stage="ready"]')).to_contain_text("Come get it")
    assert await board.page.evaluate("window.same")
    told = await island.ask("GET", f"/orders/{card['id']}")
    assert (told["stage"], told["version"], told["label"]) == ("pending", 1, "Brand new")
    await board.press(board.next(card))
    await board.settled(card)
    told = await island.ask("GET", f"/orders/{card['id']}")
    assert (told["stage"], told["label"]) == ("ready", "Come get it")


async def test_the_first_paint_and_the_history_have_the_new_words(island: Island) -> None:
    card = await island.order("Ines Silva")
    await island.ask("PATCH", "/settings", {"labels": {"onsite": {"pending": "Brand new"}}})

    page = await island.visit.page(
        f"/board?location={island.place}", "Cora", java_script_enabled=False
    )

    await expect(page.locator(f'[data-key="{card["id"]}"] .pill').first).to_have_text("Brand new")
    await expect(page.locator('#strip [data-stage="pending"]')).to_contain_text("Brand new")
    await page.goto(f"{island.visit.url}/orders/{card['code']}")
    await expect(page.locator(".past__what")).to_have_text(["Placed as Brand new"])


async def test_the_preview_follows_while_typing(island: Island) -> None:
    settings = await island.settings()
    preview = settings.locator('[data-flow="onsite"] [data-js="preview"]')

    await settings.locator("#onsite-ready").press_sequentially("Come")

    await expect(preview.locator('[data-js="word"]')).to_have_text(["Come"] * 3)
    await expect(preview.locator('[data-js="next"]')).to_have_text("Fulfilled")
    assert (await island.ask("GET", "/settings"))["renamed"] == {}


async def test_what_does_not_fit_is_said_at_the_field_and_kept(island: Island) -> None:
    settings = await island.settings()

    await settings.fill("#onsite-pending", "Ready")
    await settings.press("#onsite-pending", "Tab")

    await expect(settings.locator("#onsite-pending-error")).to_contain_text("is called already")
    await expect(settings.locator("#onsite-pending")).to_have_value("Ready")
    await expect(settings.locator("#onsite-pending")).to_have_attribute("aria-invalid", "true")
    await save(settings, "#onsite-pending", "Brand new")
    await expect(settings.locator("#onsite-pending-error")).to_be_hidden()


async def test_who_was_slower_reads_it_at_the_field(island: Island) -> None:
    settings = await island.settings()
    prep = f"#l{island.place}-prep"
    await settings.fill(prep, "12")
    await island.ask("PATCH", f"/locations/{island.place}", {"prep_minutes": 20})

    await settings.press(prep, "Tab")

    error = settings.locator(f"{prep}-error")
    await expect(error).to_contain_text("has been changed by Cora since you saw it")
    await expect(error).to_contain_text("It says “20” now")
    await expect(settings.locator(prep)).to_have_value("12")
    await error.get_by_text("Save mine anyway").click()
    await expect(settings.locator(f"{prep}-saved")).to_contain_text("Saved")
    assert (await island.ask("GET", f"/locations/{island.place}"))["prep_minutes"] == 12


async def test_what_others_change_stands_in_the_fields_nobody_is_at(island: Island) -> None:
    settings = await island.settings()
    await settings.focus("#own-name")

    await island.ask("PATCH", f"/locations/{island.place}", {"prep_minutes": 25})

    await expect(settings.locator(f"#l{island.place}-prep")).to_have_value("25")
    await save(settings, "#own-name", "Elsewhere Ltd")


async def test_thresholds_change_the_colour_of_an_age(island: Island) -> None:
    card = await island.order()
    board, settings = await island.board("&stage=all"), await island.settings()
    await expect(board.row(card)).to_have_attribute("data-level", "ok")
    at = f"#l{island.place}-pending"

    await save(settings, f"{at}-warn", "0.02")
    await expect(board.row(card)).to_have_attribute("data-level", "warn")
    await save(settings, f"{at}-late", "0.05")

    await expect(board.row(card)).to_have_attribute("data-level", re.compile("late|very"))


async def test_another_time_zone_shows_on_the_open_board(island: Island) -> None:
    card = await island.order()
    board, settings = await island.board("&stage=all"), await island.settings()
    await expect(board.row(card)).to_be_visible()

    await save(settings, f"#l{island.place}-zone", "Asia/Kathmandu")

    told = await island.ask("GET", f"/orders/{card['id']}")
    assert told["placed_at"].endswith("+05:45")
    await expect(board.row(card).locator(".row__sum")).to_contain_text(told["placed_at"][11:16])
    await settings.fill(f"#l{island.place}-zone", "Mars/Olympus")
    await settings.press(f"#l{island.place}-zone", "Tab")
    error = settings.locator(f"#l{island.place}-zone-error")
    await expect(error).to_contain_text("is not a time zone like Europe/Helsinki")


async def test_busy_has_an_end_a_reason_and_an_owner_on_every_board(island: Island) -> None:
    here, there = await island.board(), await island.board()
    await here.page.locator(".place").click()
    await here.page.locator("#places [data-act-status]").click()
    dialog = here.page.locator("#ask-status")
    await dialog.get_by_text("Paused", exact=True).click()
    await dialog.get_by_role("button", name="60 min").click()
    await dialog.get_by_label("Why").fill("Too busy")
    await dialog.get_by_role("button", name="Save").click()

    for board in (here, there):
        words = re.compile(r"^Paused until (\d+ \w+, )?\d\d:\d\d · Too busy · Cora$")
        await expect(board.page.locator("#status")).to_have_text(words)
    await there.page.locator("#status").click()
    dialog = there.page.locator("#ask-status")
    await expect(dialog.get_by_label("Why")).to_have_value("Too busy")
    await dialog.get_by_text("Open", exact=True).click()
    await dialog.get_by_role("button", name="Save").click()
    for board in (here, there):
        await expect(board.page.locator("#status")).to_be_hidden()
