"""Locations: who may see which, and what they are like."""

from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from server.clock import now
from server.errors import Conflict
from server.events import Kind, record
from server.models import Location, Organization
from server.orders.boards import visible_location
from server.orders.cards import zone
from server.orders.customs import Customs, customs_of
from server.orders.stages import PLANS, Flow
from server.people.actors import Actor, Right

Place = dict[str, Any]

OPEN: Final = {"state": "open", "reason": None, "by": None, "until": None}


def visible(session: Session, *, by: Actor, archived: bool = False) -> list[Place]:
    """The locations this actor works at, by name; those no longer in use only if asked for."""
    by.require(Right.LOCATIONS_READ)
    asked = select(Location, Organization).join(Organization)
    asked = asked.where(Location.organization_id == by.organization)
    if by.locations is not None:
        asked = asked.where(col(Location.id).in_(by.locations))
    if not archived:
        asked = asked.where(col(Location.archived_at).is_(None))
    found = session.exec(asked.order_by(col(Location.name), col(Location.id)))
    return [shown(place, customs_of(place, owner)) for place, owner in found]


def location(session: Session, location_id: int, *, by: Actor) -> Place:
    """One location."""
    by.require(Right.LOCATIONS_READ)
    return thing(session, visible_location(session, location_id, by=by))


def held(session: Session, location_id: int, *, by: Actor, right: Right) -> Location:
    """A location that this actor may change, locked until commit: two at once, one version each.

    (Whoever places an order there meanwhile waits; see orders/intake.py.)
    """
    place = visible_location(session, location_id, by=by)
    by.require(right)
    session.refresh(place, with_for_update={"key_share": True})
    return place


def in_use(place: Location) -> Location:
    """Refuse to change a place that is archived."""
    if place.archived_at:
        raise Conflict(f"{place.name} is archived: restore it first.")
    return place


def save(session: Session, place: Location, *, by: Actor) -> Place:
    """Write a changed location down and announce it to its boards."""
    place.version += 1
    session.add(place)
    session.flush()
    return announce(session, place, by=by)


def announce(session: Session, place: Location, *, by: Actor) -> Place:
    """Tell the boards of a location what it is like now."""
    told = thing(session, place)
    record(
        session,
        Kind.LOCATION_CHANGED,
        told["channel"],
        told,
        key="location",
        thing_id=told["id"],
        version=place.version,
        by=by,
    )
    return told


def thing(session: Session, place: Location) -> Place:
    """A location as it is answered and announced."""
    owner = session.get_one(Organization, place.organization_id)
    return shown(place, customs_of(place, owner))


def shown(place: Location, customs: Customs) -> Place:
    """A location with the words and times of its own."""
    return {
        "id": place.id,
        "name": place.name,
        "kind": place.kind,
        "flow": place.flow,
        "timezone": place.timezone,
        "prep_minutes": place.prep_minutes,
        "starts_at": clock(place.starts_at, place),
        "ends_at": clock(place.ends_at, place),
        "capacity": place.capacity,
        "labels": customs.words(place.flow),
        "thresholds": thresholds(place, customs),
        "archived": place.archived_at is not None,
        "version": place.version,
        "status": status(place),
        "channel": f"location:{place.id}",
    }


def thresholds(place: Location, customs: Customs) -> dict[str, dict[str, int]]:
    """From when ages are coloured, for each stage in which somebody has something to do."""
    stages = PLANS[Flow(place.flow)].stages.values()
    usual = {stage.key: (stage.warn_seconds, stage.late_seconds) for stage in stages if stage.open}
    own = {key: customs.thresholds.get(key, seconds) for key, seconds in usual.items()}
    return {key: {"warn_seconds": warn, "late_seconds": late} for key, (warn, late) in own.items()}


def status(place: Location) -> dict[str, Any]:
    """How busy it is. What is over is over, even before the sweep has written it down."""
    until = place.status_until
    if place.status == "open" or until is None or until <= now():
        return dict(OPEN)
    return {
        "state": place.status,
        "reason": place.status_reason,
        "by": place.status_by,
        "until": clock(until, place),
    }


def clock(at: datetime | None, place: Location) -> str | None:
    """A time on the clock of a place."""
    return at.astimezone(zone(place.timezone)).isoformat(timespec="seconds") if at else None
