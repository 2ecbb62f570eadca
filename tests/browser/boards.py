"""What tests do at a board: open it, look at its rows, press its buttons; and a shop beside it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlencode

from httpx2 import AsyncClient
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.cast import PASSWORD, address

PATIENCE: Final = 10_000
REACTION: Final = 750  # the longest that a control is deaf after it has appeared, and a little
TABLET: Final = {"width": 1280, "height": 800}
PHONE: Final = {"width": 390, "height": 844}
DESKTOP: Final = {"width": 1920, "height": 1080}
EXPECTED: Final = (
    "net::ERR",
    "WebSocket connection to",
    "status of 4",
    "status of 5",
    "Service Worker registration blocked",
)
Card = dict[str, Any]


class Shop:
    """Places and moves orders at one location, through the API."""

    def __init__(self, client: AsyncClient, location: int) -> None:
        self.client = client
        self.location = location

    @classmethod
    @asynccontextmanager
    async def open(cls, port: int, token: str, location: int) -> AsyncIterator[Shop]:
        headers = {"Authorization": f"Bearer {token}"}
        base = f"http://127.0.0.1:{port}/api/v1"
        async with AsyncClient(base_url=base, headers=headers, timeout=30) as client:
            yield cls(client, location)

    async def bar(self) -> int:
        """Another bar, where those that were made beforehand are all taken."""
        name = f"Bar {secrets.token_hex(4)}"
        bar = {"name": name, "kind": "bar", "flow": "onsite", "prep_minutes": 5}
        return int((await self.ask("POST", "/locations", bar))["id"])

    async def place(self, name: str = "Maria K.", **more: Any) -> Card:
        """An order for somebody."""
        order = {
            "location": self.location,
            "source": "online_store",
            "customer": {"name": name, "email": "guest@guests.example", "phone": "+358401234567"},
            "destination": "Block C",
            "lines": [{"name": "Burger", "quantity": 2, "unit_price": 850}],
            "payment": {"method": "card", "state": "done"},
        }
        return await self.ask("POST", "/orders", order | more)

    async def places(self, count: int) -> list[Card]:
        """Several orders, one after another."""
        return [await self.place(f"Guest {number:03}") for number in range(count)]

    async def move(self, card: Card, to: str, **more: Any) -> Card:
        """Set an order to a stage."""
        return await self.ask("POST", f"/orders/{card['id']}/advance", {"to": to, **more})

    async def get(self, path: str) -> Card:
        return await self.ask("GET", path)

    async def ask(self, method: str, path: str, body: Any = None) -> Card:
        answer = await self.client.request(method, path, json=body)
        assert answer.is_success, answer.text
        told: Card = answer.json()
        return told


class Visit:
    """Pages of one test, and what they complained about."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.complaints: list[str] = []
        self.contexts: list[BrowserContext] = []

    async def page(self, path: str = "/board", name: str = "Ana", **context: Any) -> Page:
        """A page, opened by somebody of the cast who has just signed in."""
        page = await self.stranger(**context)
        await self.sign_in(page, path, name)
        return page

    async def sign_in(self, page: Page, path: str, name: str = "Ana") -> None:
        """Sign in, and go on to a page."""
        await page.goto(f"{self.url}/login?{urlencode({'next': path})}")
        await page.fill("#email", address(name))
        await page.fill("#password", PASSWORD)
        await page.click("[data-js=go]")
        await page.wait_for_url(self.url + path)

    async def stranger(self, **context: Any) -> Page:
        """A page of nobody; without a service worker, which would hide requests from the tests."""
        usual = {"viewport": TABLET, "service_workers": "block"}
        opened = await self.browser.new_context(**{**usual, **context})
        opened.set_default_timeout(PATIENCE)
        self.contexts.append(opened)
        page = await opened.new_page()
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.complaints.append(error.stack or str(error)))
        return page

    async def board(self, location: int, query: str = "", **context: Any) -> Board:
        """A board that says Live."""
        board = Board(await self.page(f"/board?location={location}{query}", **context))
        await board.live()
        return board

    def hear(self, message: ConsoleMessage) -> None:
        """Alpine and the security policy complain here; a cut connection is no mistake."""
        if message.type in ("error", "warning") and not any(x in message.text for x in EXPECTED):
            self.complaints.append(message.text)

    async def end(self) -> None:
        for context in self.contexts:
            await context.close()
        assert self.complaints == [], self.complaints


class Board:
    """A board in a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.rows = page.locator("#orders > .row")
        self.lamp = page.locator("#lamp")

    async def live(self) -> None:
        await expect(self.lamp).to_have_attribute("data-state", "live", timeout=PATIENCE)

    def row(self, card: Card) -> Locator:
        """The row of an order."""
        return self.page.locator(f'#orders > .row[data-key="{card["id"]}"]')

    def next(self, card: Card) -> Locator:
        return self.row(card).locator(".row__next")

    async def codes(self) -> list[str]:
        return await self.page.locator("#orders .row__code").all_text_contents()

    async def press(self, control: Locator) -> None:
        """Press as a person does, who needs a moment to see what to press (UI S4: 300 ms)."""
        await expect(control).to_be_visible()
        await self.page.wait_for_timeout(REACTION)
        await control.click()

    async def settled(self, card: Card) -> None:
        """The server has answered to what was asked of this order."""
        await expect(self.row(card)).not_to_have_attribute("data-busy", "")

    async def choose(self, stage: str) -> None:
        """Press a filter."""
        await self.page.locator(f'#strip [data-stage="{stage}"]').click()

    async def leave(self) -> None:
        """Take the hand off: nothing is hovered, focused or selected."""
        await self.page.mouse.move(640, 20)
        await self.page.evaluate("document.activeElement?.blur()")

    async def frame(self) -> None:
        """Let the page paint what it knows."""
        await self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
