"""Settings of the organization, and the stations of its locations."""

import re
from typing import Any, Final

from starlette.requests import Request

from server.answers import Answer, encoded
from server.errors import NotFound
from server.people.actors import Actor, Right
from server.perform import Command
from server.places import organizations, stations
from server.places.forms import SettingsForm, StationForm
from server.routes.api import place_shapes as shapes
from server.routes.api.answering import located, made
from server.routes.api.conditions import claim, matched
from server.routes.api.locations import location_id
from server.routes.api.operations import Nothing, Operation
from server.state import State

ID: Final = re.compile(r"[1-9][0-9]{0,8}")


async def settings(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Show the settings of the organization, with what it calls the stages."""
    return located(await request.state["read"](organizations.settings, by=by))


async def change_settings(request: Request[State], by: Actor, asked: SettingsForm) -> Answer:
    """Change the settings of the organization.

    A renamed stage keeps its key. Its new word stands on every open board at once, and in whatever
    is answered from then on; versions of orders stay.
    """
    key, match = await claim(request, by), matched(request)
    perform = request.state["perform"]
    return await perform.once(key, located, organizations.change, asked, by=by, match=match)


async def location_stations(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """List the stations of a location."""
    found = await request.state["read"](stations.stations, location_id(request), by=by)
    return encoded({"stations": found})


async def add_station(request: Request[State], by: Actor, asked: StationForm) -> Answer:
    """Put up a station."""
    key, match = await claim(request, by), matched(request)
    perform, place = request.state["perform"], location_id(request)
    return await perform.once(key, made, stations.add, place, asked, by=by, match=match)


async def rename_station(request: Request[State], by: Actor, asked: StationForm) -> Answer:
    """Call a station something else."""
    return await changed(request, by, stations.rename, station_id(request), asked)


async def remove_station(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Take a station down. What was made there keeps its name."""
    return await changed(request, by, stations.remove, station_id(request))


async def changed(
    request: Request[State], by: Actor, command: Command[..., Any], *asked: Any
) -> Answer:
    """Change a station of a location that still has the version which If-Match names."""
    key, match = await claim(request, by), matched(request)
    perform = request.state["perform"]
    return await perform.once(key, located, command, *asked, by=by, match=match)


def station_id(request: Request[State]) -> int:
    """The station in the address."""
    named: str = request.path_params["station"]
    if not ID.fullmatch(named):
        raise NotFound("There is no such station.")
    return int(named)


operations: list[Operation[Any]] = [
    Operation("GET", "/settings", settings, Right.LOCATIONS_READ, Nothing, shapes.Settings),
    Operation(
        "PATCH",
        "/settings",
        change_settings,
        Right.SETTINGS_WRITE,
        SettingsForm,
        shapes.Settings,
        guarded=True,
    ),
    Operation(
        "GET",
        "/locations/{location}/stations",
        location_stations,
        Right.LOCATIONS_READ,
        Nothing,
        shapes.Stations,
    ),
    Operation(
        "POST",
        "/locations/{location}/stations",
        add_station,
        Right.SETTINGS_WRITE,
        StationForm,
        shapes.Station,
        creates=True,
        guarded=True,
    ),
    Operation(
        "PATCH",
        "/stations/{station}",
        rename_station,
        Right.SETTINGS_WRITE,
        StationForm,
        shapes.Station,
        guarded=True,
    ),
    Operation(
        "DELETE",
        "/stations/{station}",
        remove_station,
        Right.SETTINGS_WRITE,
        Nothing,
        shapes.Station,
        guarded=True,
    ),
]
