"""Locations: which there are, what they are like, their orders and boards, how busy they are."""

import re
from typing import Any, Final

from starlette.requests import Request

from server.answers import Answer, encoded
from server.errors import NotFound
from server.orders import boards
from server.orders.forms import StatusForm
from server.people.actors import Actor, Right
from server.perform import Command
from server.places import locations as places
from server.places import status, upkeep
from server.places.forms import LocationForm, PlaceForm
from server.routes.api import shapes
from server.routes.api.answering import board as drawn
from server.routes.api.answering import located, made, page, position, unchanged
from server.routes.api.conditions import claim, known, matched
from server.routes.api.operations import Nothing, Operation
from server.routes.api.place_shapes import Place, Places
from server.routes.api.queries import PlaceQuery, PlacesQuery
from server.state import State

ID: Final = re.compile(r"[1-9][0-9]{0,8}")


async def locations(request: Request[State], by: Actor, asked: PlacesQuery) -> Answer:
    """List the locations that the caller works at."""
    found = await request.state["read"](places.visible, by=by, archived=asked.archived)
    return encoded({"locations": found})


async def location(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Show a location."""
    return located(await request.state["read"](places.location, location_id(request), by=by))


async def create_location(request: Request[State], by: Actor, asked: LocationForm) -> Answer:
    """Set a location up; its live channel is open at once."""
    key = await claim(request, by)
    return await request.state["perform"].once(key, made, upkeep.create, asked, by=by)


async def change_location(request: Request[State], by: Actor, asked: PlaceForm) -> Answer:
    """Change a location. Its boards show new words, times and colours at once."""
    return await changed(request, by, upkeep.change, asked)


async def archive_location(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Put a location away: out of every list, closed for orders. No order may be open there."""
    return await changed(request, by, upkeep.archive)


async def restore_location(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Take a location back into use."""
    return await changed(request, by, upkeep.restore)


async def changed(
    request: Request[State], by: Actor, command: Command[..., Any], *asked: Any
) -> Answer:
    """Change a location that still has the version which If-Match names, if it names one."""
    key, match = await claim(request, by), matched(request)
    perform, place = request.state["perform"], location_id(request)
    return await perform.once(key, located, command, place, *asked, by=by, match=match)


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
    return await perform.once(key, located, status.set_status, place, asked, by=by)


def location_id(request: Request[State]) -> int:
    """The location in the address."""
    named: str = request.path_params["location"]
    if not ID.fullmatch(named):
        raise NotFound("There is no such location.")
    return int(named)


operations: list[Operation[Any]] = [
    Operation("GET", "/locations", locations, Right.LOCATIONS_READ, PlacesQuery, Places),
    Operation(
        "POST",
        "/locations",
        create_location,
        Right.SETTINGS_WRITE,
        LocationForm,
        Place,
        creates=True,
    ),
    Operation("GET", "/locations/{location}", location, Right.LOCATIONS_READ, Nothing, Place),
    Operation(
        "PATCH",
        "/locations/{location}",
        change_location,
        Right.SETTINGS_WRITE,
        PlaceForm,
        Place,
        guarded=True,
    ),
    Operation(
        "POST",
        "/locations/{location}/archive",
        archive_location,
        Right.SETTINGS_WRITE,
        Nothing,
        Place,
        guarded=True,
    ),
    Operation(
        "POST",
        "/locations/{location}/restore",
        restore_location,
        Right.SETTINGS_WRITE,
        Nothing,
        Place,
        guarded=True,
    ),
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
        Place,
    ),
]
