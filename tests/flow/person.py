"""Somebody with a browser, as far as the server can tell: forms, a cookie, an origin."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from httpx2 import AsyncClient, Response

from tests.cast import PASSWORD, address

HIDDEN: Final = re.compile(r'name="csrf" (?:value|content)="([^"]+)"')


class Person:
    """Signs in and out by the forms of the pages."""

    def __init__(self, client: AsyncClient, url: str) -> None:
        self.client = client
        self.url = url

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> AsyncIterator[Person]:
        """A browser that has not been here before."""
        own = {"Origin": url}
        async with AsyncClient(base_url=url, headers=own, timeout=20, trust_env=False) as client:
            yield cls(client, url)

    @property
    def headers(self) -> dict[str, str]:
        """What their browser sends along with a WebSocket."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        return {"Cookie": cookies, "Origin": self.url}

    async def sign_in(self, name: str, password: str = PASSWORD) -> Response:
        page = await self.client.get("/login")
        form = {"email": address(name), "password": password, "csrf": hidden(page)}
        return await self.client.post("/login", data={**form, "next": "/board"})

    async def sign_out(self) -> Response:
        page = await self.client.get("/board", follow_redirects=True)
        return await self.client.post("/logout", data={"csrf": hidden(page)})


def hidden(page: Response) -> str:
    """The token that a page of ours carries."""
    assert page.status_code == 200, page.text
    found = HIDDEN.search(page.text)
    assert found, page.text
    return found[1]
