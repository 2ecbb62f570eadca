"""Stations: where at a location tickets are made."""

from typing import Any

from sqlmodel import Session, col, select

from server.errors import Invalid, NotFound
from server.models import Location, Station
from server.orders.boards import visible_location
from server.people import changelog
from server.people.actors import Actor, Right
from server.places import organizations
from server.places.forms import STATIONS_LIMIT, StationForm
from server.places.locations import held, in_use, save
from server.places.versions import check_location

Shown = dict[str, Any]


def stations(session: Session, location_id: int, *, by: Actor) -> list[Shown]:
    """The stations of a location, by name."""
    by.require(Right.LOCATIONS_READ)
    place = visible_location(session, location_id, by=by)
    return [shown(station, place) for station in of(session, place)]


def add(
    session: Session, location_id: int, form: StationForm, *, by: Actor, match: int | None = None
) -> Shown:
    """Put up a station."""
    place = changeable(session, location_id, by=by, match=match)
    if len(of(session, place)) >= STATIONS_LIMIT:
        raise Invalid(f"{place.name} has {STATIONS_LIMIT} stations, which is the most.")
    check_name(session, place, form.name)
    station = Station(location_id=location_id, name=form.name)
    session.add(station)
    return tell(session, place, station, "station.added", by=by)


def rename(
    session: Session, station_id: int, form: StationForm, *, by: Actor, match: int | None = None
) -> Shown:
    """Call a station something else."""
    station = visible(session, station_id, by=by)
    place = changeable(session, station.location_id, by=by, match=match)
    if form.name == station.name:
        return shown(station, place)
    check_name(session, place, form.name, but=station)
    before, station.name = station.name, form.name
    return tell(session, place, station, "station.renamed", by=by, before=before)


def remove(session: Session, station_id: int, *, by: Actor, match: int | None = None) -> Shown:
    """Take a station down; what was made there keeps its name."""
    station = visible(session, station_id, by=by)
    place = changeable(session, station.location_id, by=by, match=match)
    session.delete(station)
    return tell(session, place, station, "station.removed", by=by)


def visible(session: Session, station_id: int, *, by: Actor) -> Station:
    """A station of a location that this actor may see; absent and foreign answer alike."""
    asked = select(Station).join(Location).where(Station.id == station_id)
    station = session.exec(asked.where(Location.organization_id == by.organization)).first()
    if station is None or not by.sees(station.location_id):
        raise NotFound("There is no such station.")
    return station


def changeable(session: Session, location_id: int, *, by: Actor, match: int | None) -> Location:
    """The place whose stations are to be changed, locked."""
    place = in_use(held(session, location_id, by=by, right=Right.SETTINGS_WRITE))
    check_location(session, place, match)
    return place


def of(session: Session, place: Location) -> list[Station]:
    """The stations of a place, by name."""
    asked = select(Station).where(Station.location_id == place.id)
    return list(session.exec(asked.order_by(col(Station.name))))


def check_name(session: Session, place: Location, name: str, but: Station | None = None) -> None:
    """Two stations of one place cannot be called alike."""
    others = (station for station in of(session, place) if station is not but)
    if any(name.casefold() == station.name.casefold() for station in others):
        raise Invalid(f"{place.name} has a station “{name}” already.", field="name")


def tell(
    session: Session, place: Location, station: Station, kind: str, *, by: Actor, **detail: str
) -> Shown:
    """Write it down, and let everybody know."""
    session.flush()
    save(session, place, by=by)
    subject = f"{station.name}, {place.name}"
    changelog.note(session, kind, subject, by=by, location=place.id, detail=detail)
    organizations.tell(session, by=by)
    return shown(station, place)


def shown(station: Station, place: Location) -> Shown:
    """A station as it is answered; its version is that of its location."""
    return {
        "id": station.id,
        "location": station.location_id,
        "name": station.name,
        "version": place.version,
    }
