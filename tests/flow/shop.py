"""A shop that places and moves orders over real HTTP; every answer is one that was promised."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from httpx2 import AsyncClient, Response

from tests.callers import order
from tests.contract import PREFIX, keeps_to_openapi

Card = dict[str, Any]


class Shop:
    """A client of the API with a key."""

    def __init__(self, client: AsyncClient) -> None:
        self.client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, token: str) -> AsyncIterator[Shop]:
        headers = {"Authorization": f"Bearer {token}"}
        options: dict[str, Any] = {"timeout": 20, "trust_env": False}
        async with AsyncClient(base_url=url, headers=headers, **options) as client:
            yield cls(client)

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        """Ask for something; `if_match='"3"'` becomes the header If-Match."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if method != "GET":
            named.setdefault("Idempotency-Key", secrets.token_hex(8))
        answer = await self.client.request(method, PREFIX + path, json=body, headers=named)
        return keeps_to_openapi(answer)

    async def place(self, location: int, **more: Any) -> Card:
        """Place an order; its card."""
        return granted(await self.ask("POST", "/orders", order(location, **more)), 201)

    async def move(self, card: Card, to: str, **more: Any) -> Card:
        """Set an order to a stage; its new card."""
        asked = {"to": to, **more}
        return granted(await self.ask("POST", f"/orders/{card['id']}/advance", asked), 200)


def granted(answer: Response, status: int) -> Card:
    """The card of an answer that says yes."""
    assert answer.status_code == status, answer.text
    card: Card = answer.json()
    return card
