"""Customers with their phones, for tests."""

from typing import Any

from playwright.async_api import Page, expect

from tests.browser.boards import PHONE, Card, Shop, Visit


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
