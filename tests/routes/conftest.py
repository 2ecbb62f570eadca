"""An application in this process, and callers for everybody of the cast, each answer checked."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.testclient import TestClient

from server.app import application, astray, refused
from server.errors import Refused
from server.orders.links import Links
from server.recognition import Recognition
from server.routes import api
from server.settings import Settings
from tests.callers import Caller
from tests.cast import Cast
from tests.hands import Do, Look


@pytest.fixture
def backend() -> str:
    """Routes are tried on SQLite; what depends on the database says so itself."""
    return "sqlite"


@pytest.fixture
def client(do: Do, look: Look) -> Iterator[TestClient]:
    """The API over the scene's database, with nothing running beside it."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        recognise = Recognition(look.read)
        settings = Settings(public_url="http://heard.example", secret_key="k" * 32)
        yield {
            "perform": do.perform,
            "read": look.read,
            "recognise": recognise,
            "settings": settings,
            "links": Links(settings),
        }

    app = Starlette(
        routes=[Mount("/api/v1", routes=api.routes)],
        exception_handlers={Refused: refused, HTTPException: astray},
        lifespan=lifespan,
    )
    with TestClient(app, "http://heard.example") as client:
        yield client


@pytest.fixture
def screens(client: TestClient) -> Iterator[TestClient]:
    """All of Heard over the scene's database, for whoever opens pages."""
    assert isinstance(client.app, Starlette)
    heard = Starlette(
        routes=application(Settings()).routes,
        exception_handlers={Refused: refused, HTTPException: astray},
        lifespan=client.app.router.lifespan_context,
    )
    with TestClient(heard, "http://heard.example", follow_redirects=False) as screens:
        yield screens


@pytest.fixture
def shop(client: TestClient, cast: Cast) -> Caller:
    """The web shop, with a key that may do everything at Harbour."""
    return Caller.with_key(client, cast.shop_token)
