"""The island: the only location of Elsewhere, whose words may change without disturbing anybody."""

import re
from typing import Any, Final

from playwright.async_api import Page, expect

from tests.browser.boards import Board, Visit

LINE: Final = {"name": "Burger", "quantity": 2, "unit_price": 850}


class Island:
    """The island as its admin Cora has it: asked by the API, on boards, in the settings."""

    def __init__(self, visit: Visit, place: int, page: Page) -> None:
        self.visit = visit
        self.place = place
        self.page = page

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        csrf = await self.page.locator('meta[name="csrf"]').get_attribute("content")
        answer = await self.page.request.fetch(
            f"{self.visit.url}/api/v1{path}",
            method=method,
            data=body,
            headers={"X-CSRF-Token": csrf or "", "Content-Type": "application/json"},
        )
        assert answer.ok, await answer.text()
        return await answer.json()

    async def order(self, name: str = "Maria K.") -> Any:
        asked = {"location": self.place, "lines": [LINE], "customer": {"name": name}}
        return await self.ask("POST", "/orders", asked)

    async def board(self, query: str = "", **context: Any) -> Board:
        page = await self.visit.page(f"/board?location={self.place}{query}", "Cora", **context)
        board = Board(page)
        await board.live()
        return board

    async def settings(self, **context: Any) -> Page:
        return await self.visit.page(f"/settings?location={self.place}", "Cora", **context)

    async def usual(self) -> None:
        """Everything there as it was."""
        stages = ("pending", "ready", "fulfilled", "resolved", "cancelled")
        words = {"labels": {"onsite": dict.fromkeys(stages, "")}, "name": "Elsewhere"}
        await self.ask("PATCH", "/settings", words)
        await self.ask("PUT", f"/locations/{self.place}/status", {"state": "open"})
        plain = {
            "thresholds": {"pending": None},
            "prep_minutes": 10,
            "timezone": "America/New_York",
        }
        await self.ask("PATCH", f"/locations/{self.place}", plain)


async def save(page: Page, field: str, value: str) -> None:
    await page.fill(field, value)
    await page.press(field, "Tab")
    await expect(page.locator(f"{field}-saved")).to_contain_text(re.compile(r"Saved \d\d:\d\d \S+"))
