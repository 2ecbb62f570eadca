"""An application in this process, and callers for everybody of the cast, each answer checked."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.testclient import TestClient

from server.app import astray, refused
from server.errors import Refused
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
        settings = Settings(public_url="http://heard.example")
        yield {
            "perform": do.perform,
            "read": look.read,
            "recognise": recognise,
            "settings": settings,
        }

    app = Starlette(
        routes=[Mount("/api/v1", routes=api.routes)],
        exception_handlers={Refused: refused, HTTPException: astray},
        lifespan=lifespan,
    )
    with TestClient(app, "http://heard.example") as client:
        yield client


@pytest.fixture
def shop(client: TestClient, cast: Cast) -> Caller:
    """The web shop, with a key that may do everything at Harbour."""
    return Caller.with_key(client, cast.shop_token)
