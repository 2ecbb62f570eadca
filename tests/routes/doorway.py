"""A browser at the door, and the house behind it: pages and API, nothing running beside them."""

import re
from typing import Any, Final

from httpx2 import Response
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from server.app import astray, refused
from server.errors import Refused
from server.recognition import Recognition
from server.routes import api
from server.routes.screens import board, devices, login, password, people
from server.settings import Settings
from tests.cast import PASSWORD, address
from tests.hands import Do, Look

HIDDEN: Final = re.compile(r'name="(csrf|ask)" value="([^"]+)"')


class Browser:
    """A browser at the door."""

    def __init__(self, app: ASGIApp, host: str = "192.0.2.7") -> None:
        self.client = TestClient(
            app, "http://heard.example", follow_redirects=False, client=(host, 50000)
        )

    def get(self, path: str) -> Response:
        return self.client.get(path)

    def send(self, path: str, form: str | None = None, **fields: str) -> Response:
        """Fill in the form of a page, and send it."""
        hidden = dict(HIDDEN.findall(self.get(form or path).text))
        return self.client.post(path, data={"csrf": hidden.get("csrf", ""), **fields})

    def sign_in(self, name: str, given: str = PASSWORD) -> Response:
        return self.send("/login", email=address(name), password=given)


def house(do: Do, look: Look, **settings: Any) -> ASGIApp:
    """The door, the board and the API, with nothing running beside them."""
    pages = [*login.routes, *password.routes, *people.routes, *devices.routes, *board.routes]
    app = Starlette(
        routes=[Mount("/api/v1", routes=api.routes), *pages],
        exception_handlers={Refused: refused, HTTPException: astray},
    )
    parts = {
        "perform": do.perform,
        "read": look.read,
        "recognise": Recognition(look.read),
        "settings": Settings(public_url="http://heard.example", **settings),
    }

    async def standing(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": dict(parts)}, receive, send)

    return standing
