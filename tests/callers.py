"""Callers of the API for tests: each answer they get is held against the OpenAPI description."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from server.people import keys, sessions
from server.people.actors import EVERYTHING, Right
from tests.cast import address
from tests.contract import PREFIX, keeps_to_openapi
from tests.hands import Do


@dataclass(frozen=True)
class Caller:
    """Somebody who asks the API for things."""

    client: TestClient
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def with_key(cls, client: TestClient, token: str) -> "Caller":
        """A machine with an API key."""
        return cls(client, {"Authorization": f"Bearer {token}"})

    @classmethod
    def signed_in(cls, client: TestClient, do: Do, name: str) -> "Caller":
        """A person of the cast, in a browser."""
        opened = do(sessions.sign_in, address(name), device="Bar 2")
        csrf = opened.actor.csrf or ""
        return cls(client, {"Cookie": f"sid={opened.token}", "X-CSRF-Token": csrf})

    @classmethod
    def limited(
        cls, client: TestClient, do: Do, organization: int, *scopes: Right, at: tuple[int, ...] = ()
    ) -> "Caller":
        """A machine whose key has these scopes only, in these locations only."""
        wanted = scopes or tuple(EVERYTHING)
        token = do(keys.create, organization, name="Limited", scopes=wanted, locations=at)
        return cls.with_key(client, token)

    def __call__(
        self, method: str, path: str, body: Any = None, raw: bytes | None = None, **headers: str
    ) -> Response:
        """Ask for something; `if_match='"3"'` becomes the header If-Match."""
        every = {**self.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
        encoded = [(name.encode(), value.encode()) for name, value in every.items()]
        sent = {"content": raw} if raw is not None else {"json": body} if body is not None else {}
        asked = self.client.request(
            method, PREFIX + path, headers=encoded, follow_redirects=False, **sent
        )
        return keeps_to_openapi(asked)

    def get(self, path: str, **headers: str) -> Response:
        return self("GET", path, None, None, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Response:
        return self("POST", path, body, None, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Response:
        return self("PATCH", path, body, None, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Response:
        return self("PUT", path, body, None, **headers)

    def place(self, location: int, **more: Any) -> dict[str, Any]:
        """A placed order's card."""
        answer = self.post("/orders", order(location, **more))
        assert answer.status_code == 201, answer.text
        card: dict[str, Any] = answer.json()
        return card

    def card(self, ref: str) -> dict[str, Any]:
        """An order as it is now."""
        found: dict[str, Any] = self.get(f"/orders/{ref}").json()
        return found


def order(location: int, **more: Any) -> dict[str, Any]:
    """An order as a shop sends it."""
    line = {"name": "Burger", "sku": "BRG", "quantity": 2, "unit_price": 850}
    return {"location": location, "source": "online_store", "lines": [line], **more}
