"""Real pages in a storm: what their scripts know and what they show, against the database."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from playwright.async_api import Page, async_playwright

from server.browser import chromium
from tests.browser.boards import Board, Visit
from tests.flow.truth import Truth, fingerprint

LOOK_MILLISECONDS: Final = 500
KNOWN: Final = "import('heard/cards').then(({ cards }) => [...cards.values()])"
SHOWN: Final = """[...document.querySelectorAll('#orders > .row')].slice(0, 60).map((row) =>
  [row.dataset.key, ...['.row__name', '.row__items', '.row__pills', '.row__next'].map(
    (part) => row.querySelector(part).textContent.trim())])"""


class Pages:
    """Boards of one location in Chromium, each at an address of its own."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self.pages = pages

    async def judged(self, truth: Truth, seconds: float) -> list[str]:
        """What is wrong, once each had time to come as far as the book."""
        return [wrong for page in self.pages for wrong in await judged(page, truth, seconds)]


async def judged(page: Page, truth: Truth, seconds: float) -> list[str]:
    """The cards it knows are the database's; its rows are those that it shows when loaded anew."""
    expected, give_up = fingerprint(truth.board.values()), time.monotonic() + seconds
    while fingerprint(await page.evaluate(KNOWN)) != expected:
        if time.monotonic() > give_up:
            return [f"{page.url} does not know the cards of the database"]
        await page.wait_for_timeout(LOOK_MILLISECONDS)
    await Board(page).live()
    before: list[Any] = await page.evaluate(SHOWN)
    await page.reload()
    await Board(page).live()
    after: list[Any] = await page.evaluate(SHOWN)
    same = before == after and len(after) > 0
    return [] if same else [f"{page.url} shows {len(before)} rows, anew {len(after)} others"]


@asynccontextmanager
async def pages_at(urls: Sequence[str], location: int) -> AsyncIterator[Pages]:
    """A live page at each address; whatever a page complains about fails the test."""
    if not urls:
        yield Pages([])
        return
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium())
        visits = [Visit(browser, url) for url in urls]
        boards = [await visit.board(location) for visit in visits]
        yield Pages([board.page for board in boards])
        for visit in visits:
            await visit.end()
        await browser.close()
