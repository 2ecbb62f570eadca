"""`/api/v1`: the one way in which anything is changed."""

from functools import lru_cache
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.answers import JSON
from server.errors import NotFound
from server.routes.api import (
    account,
    asyncapi,
    devices,
    exports,
    issues,
    locations,
    moves,
    notes,
    openapi,
    operations,
    orders,
    people,
    scans,
    settings,
)
from server.state import State

table = [
    *orders.operations,
    *moves.operations,
    *notes.operations,
    *issues.operations,
    *locations.operations,
    *settings.operations,
    *exports.operations,
    *scans.operations,
    *people.operations,
    *account.operations,
    *devices.operations,
]


@lru_cache(maxsize=1)
def spec() -> dict[str, Any]:
    """The description of the HTTP API."""
    return openapi.described(table)


@lru_cache(maxsize=1)
def live_spec() -> dict[str, Any]:
    """The description of the live protocol."""
    return asyncapi.described()


async def openapi_json(_: Request[State]) -> Response:
    """The description of the HTTP API, for machines."""
    return Response(orjson.dumps(spec()), media_type=JSON)


async def asyncapi_json(_: Request[State]) -> Response:
    """The description of the live protocol, for machines."""
    return Response(orjson.dumps(live_spec()), media_type=JSON)


async def nowhere(_: Request[State]) -> Response:
    """There is no such address, whatever the method."""
    raise NotFound("There is nothing at this address.")


PUBLIC = ("/openapi.json", "/asyncapi.json")
"""What anybody may read; everything else is a line of the table and takes a right."""

routes = [
    *operations.routes([*moves.operations, *table]),  # what is asked most is found first
    Route(PUBLIC[0], openapi_json),
    Route(PUBLIC[1], asyncapi_json),
    Route("/{path:path}", nowhere, methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
]
