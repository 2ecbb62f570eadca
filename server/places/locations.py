"""Locations: who may see which, and how busy each of them is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from server.clock import now
from server.errors import Invalid
from server.events import Kind, record
from server.models import Location
from server.orders import cards
from server.orders.boards import visible_location
from server.orders.forms import StatusForm
from server.people.actors import Actor, Right, system

LONGEST: Final = timedelta(days=7)


def visible(session: Session, *, by: Actor) -> list[dict[str, Any]]:
    """The locations this actor works at, by name."""
    by.require(Right.LOCATIONS_READ)
    own = select(Location).where(Location.organization_id == by.organization)
    if by.locations is not None:
        own = own.where(col(Location.id).in_(by.locations))
    found = session.exec(own.order_by(col(Location.name), col(Location.id)))
    return [shown(location) for location in found]


def location(session: Session, location_id: int, *, by: Actor) -> dict[str, Any]:
    """One location."""
    by.require(Right.LOCATIONS_READ)
    return shown(visible_location(session, location_id, by=by))


def set_status(
    session: Session, location_id: int, form: StatusForm, *, by: Actor
) -> dict[str, Any]:
    """Open a place, or make it busy or paused until a given time."""
    place = visible_location(session, location_id, by=by)
    by.require(Right.LOCATIONS_STATUS)
    session.refresh(place, with_for_update=True)  # two at once: one version each
    place.status_until = end(form)
    place.status = form.state
    place.status_reason = None if form.state == "open" else form.reason or None
    place.status_by = None if form.state == "open" else by.name
    return save(session, place, by=by)


def reopen_due(session: Session, now: datetime) -> int:
    """Open every place whose busy or paused time is over; how many there were."""
    due = select(Location).where(col(Location.status_until) <= now).limit(100)
    places: Sequence[Location] = session.exec(due.with_for_update(skip_locked=True)).all()
    for place in places:
        place.status, place.status_until = "open", None
        place.status_reason = place.status_by = None
        save(session, place, by=system(place.organization_id))
    return len(places)


def save(session: Session, place: Location, *, by: Actor) -> dict[str, Any]:
    """Write a changed location down and announce it to its boards."""
    place.version += 1
    session.add(place)
    thing = shown(place)
    record(
        session,
        Kind.LOCATION_CHANGED,
        thing["channel"],
        thing,
        key="location",
        thing_id=thing["id"],
        version=place.version,
        by=by,
    )
    return thing


def end(form: StatusForm) -> datetime | None:
    """When busy or paused ends; nobody can leave it open-ended."""
    if form.state == "open":
        return None
    if form.until and form.minutes:
        raise Invalid("Give either until or minutes, not both.", field="minutes")
    until = form.until or (now() + timedelta(minutes=form.minutes) if form.minutes else None)
    if until is None:
        raise Invalid(f"Say until when the place is {form.state}.", field="until")
    if not now() < until <= now() + LONGEST:
        raise Invalid("The end must lie in the coming seven days.", field="until")
    return until


def shown(place: Location) -> dict[str, Any]:
    """A location as it is answered and announced."""
    zone = cards.zone(place.timezone)
    until = place.status_until
    return {
        "id": place.id,
        "name": place.name,
        "kind": place.kind,
        "flow": place.flow,
        "timezone": place.timezone,
        "prep_minutes": place.prep_minutes,
        "version": place.version,
        "status": {
            "state": place.status,
            "reason": place.status_reason,
            "by": place.status_by,
            "until": until.astimezone(zone).isoformat(timespec="seconds") if until else None,
        },
        "channel": f"location:{place.id}",
    }
