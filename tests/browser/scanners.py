"""The scanner's sheet, and a hand scanner, for tests."""

import asyncio
import time

from playwright.async_api import Locator, Page

from tests.browser.boards import Card, Shop


def sheet(page: Page) -> Locator:
    return page.locator("#scan")


def said(page: Page) -> Locator:
    return page.locator("#scan .found__said")


async def code(shop: Shop, card: Card) -> str:
    """What the order's QR code says."""
    return str((await shop.get(f"/orders/{card['id']}/qr"))["text"])


async def scans(page: Page, text: str, into: str = "body") -> None:
    """A hand scanner reads something, while focus is there: a character each 5 ms, then Enter."""
    await page.locator(into).first.focus()
    keyboard = await page.context.new_cdp_session(page)
    began = time.time()
    strokes = []
    for number, key in enumerate([*text, "Enter"]):
        down = {"type": "keyDown", "key": key, "timestamp": began + number * 0.005}
        typed = {"text": "\r", "windowsVirtualKeyCode": 13} if key == "Enter" else {"text": key}
        strokes.append(keyboard.send("Input.dispatchKeyEvent", {**down, **typed}))
    await asyncio.gather(*strokes)
