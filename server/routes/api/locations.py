"""Locations: which there are, their orders and boards, and how busy they are."""

import re
from typing import Any, Final

from starlette.requests import Request

from server.answers import Answer, encoded
from server.errors import NotFound
from server.orders import boards
from server.orders.forms import StatusForm
from server.people.actors import Actor, Right
from server.places import locations as places
from server.routes.api import shapes
from server.routes.api.answering import board as drawn
from server.routes.api.answering import located, page, position, unchanged
from server.routes.api.conditions import claim, known
from server.routes.api.operations import Nothing, Operation
from server.routes.api.queries import PlaceQuery
from server.state import State

ID: Final = re.compile(r"[1-9][0-9]{0,8}")


async def locations(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """List the locations that the caller works at."""
    return encoded({"locations": await request.state["read"](places.visible, by=by)})


async def location_orders(request: Request[State], by: Actor, asked: PlaceQuery) -> Answer:
    """List the orders of a location, the newest first."""
    read = request.state["read"]
    found = await read(boards.orders_at, location_id(request), asked.filters(), by=by)
    return page(found, request)


async def board(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Show a location's board: its open orders, the last ended ones, and the position of both.

    Ask again with its ETag in If-None-Match: 304 says that nothing has happened since.
    """
    read, place = request.state["read"], location_id(request)
    head = await read(boards.head, place, by=by)
    etag = position(head.epoch, head.offset)
    if known(request, etag):
        return unchanged(etag)
    return drawn(await read(boards.snapshot, place))


async def set_status(request: Request[State], by: Actor, asked: StatusForm) -> Answer:
    """Open a location, or make it busy or paused until a given time."""
    key = await claim(request, by)
    perform, place = request.state["perform"], location_id(request)
    return await perform.once(key, located, places.set_status, place, asked, by=by)


def location_id(request: Request[State]) -> int:
    """The location in the address."""
    named: str = request.path_params["location"]
    if not ID.fullmatch(named):
        raise NotFound("There is no such location.")
    return int(named)


operations: list[Operation[Any]] = [
    Operation("GET", "/locations", locations, Right.LOCATIONS_READ, Nothing, shapes.Places),
    Operation(
        "GET",
        "/locations/{location}/orders",
        location_orders,
        Right.ORDERS_READ,
        PlaceQuery,
        shapes.OrderPage,
    ),
    Operation(
        "GET",
        "/locations/{location}/board",
        board,
        Right.ORDERS_READ,
        Nothing,
        shapes.Board,
        cached=True,
    ),
    Operation(
        "PUT",
        "/locations/{location}/status",
        set_status,
        Right.LOCATIONS_STATUS,
        StatusForm,
        shapes.Place,
    ),
]
