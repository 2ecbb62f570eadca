"""Setting locations up, changing them, and putting them away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, func, select

from server.clock import now
from server.errors import Conflict, Invalid
from server.events import open_channel
from server.models import Location, Order, Organization, Station
from server.orders.customs import customs_of
from server.orders.redraw import redraw
from server.orders.stages import PLANS
from server.people import accounts, changelog
from server.people.actors import Actor, Right
from server.places import organizations
from server.places.forms import LocationForm, PlaceForm, Seconds
from server.places.locations import Place, announce, held, in_use, save, thing
from server.places.organizations import check_whole
from server.places.versions import check_location

DRAWN_WITH: Final = {"timezone", "prep_minutes", "thresholds"}  # what is in cards, of all these


def create(session: Session, form: LocationForm, *, by: Actor) -> Place:
    """Set a location up, with its channel and stations."""
    by.require(Right.SETTINGS_WRITE)
    check_whole(by)
    names = [name.casefold() for name in form.stations]
    if len(set(names)) < len(names):
        raise Invalid("Two stations of one place cannot be called alike.", field="stations")
    own = form.model_dump(exclude={"stations"}) | {"timezone": form.timezone or zone(session, by)}
    place = opened(session, by.organization, own, form.stations)
    check_times(place)
    told = announce(session, place, by=by)
    changelog.note(session, "location.created", place.name, by=by, location=place.id)
    organizations.tell(session, by=by)
    return told


def opened(
    session: Session, organization_id: int, own: Mapping[str, Any], stations: Sequence[str]
) -> Location:
    """A new location, its channel open; those who may see it will, within seconds."""
    place = Location(organization_id=organization_id, **own)
    session.add(place)
    session.flush()
    assert place.id is not None
    session.add_all(Station(location_id=place.id, name=name) for name in stations)
    open_channel(session, f"location:{place.id}", organization_id)
    accounts.organization_changed(session, organization_id)
    session.flush()
    return place


def change(
    session: Session, location_id: int, form: PlaceForm, *, by: Actor, match: int | None = None
) -> Place:
    """Change a location. Its boards show new times and words at once."""
    place = in_use(held(session, location_id, by=by, right=Right.SETTINGS_WRITE))
    check_location(session, place, match)
    asked = form.given()
    if "thresholds" in asked:
        asked["thresholds"] = merged(place, asked["thresholds"])
    differing = {name: value for name, value in asked.items() if getattr(place, name) != value}
    detail = {name: told(getattr(place, name), value) for name, value in differing.items()}
    for name, value in differing.items():
        setattr(place, name, value)
    check_times(place)
    return written(session, place, detail, by=by) if differing else thing(session, place)


def written(session: Session, place: Location, detail: Mapping[str, Any], *, by: Actor) -> Place:
    """Keep a changed location, draw its cards anew where that shows, and tell everybody."""
    if DRAWN_WITH & detail.keys():
        owner = session.get_one(Organization, place.organization_id)
        place.customs_version += 1
        redraw(session, place.id or 0, place.timezone, customs_of(place, owner))
    shown = save(session, place, by=by)
    changelog.note(session, "location.changed", place.name, by=by, location=place.id, detail=detail)
    organizations.tell(session, by=by)
    return shown


def archive(session: Session, location_id: int, *, by: Actor, match: int | None = None) -> Place:
    """Put a location away: out of every list, and closed for new orders. Its orders stay."""
    place = whole(session, location_id, by=by, match=match)
    asked = select(func.count()).where(Order.location_id == location_id, col(Order.open))
    if place.archived_at is None and (still := session.exec(asked).one()):
        orders = "1 order is" if still == 1 else f"{still} orders are"
        raise Conflict(f"{orders} still open at {place.name}: finish or cancel first.")
    return put(session, place, archived=True, by=by)


def restore(session: Session, location_id: int, *, by: Actor, match: int | None = None) -> Place:
    """Take a location back into use."""
    return put(session, whole(session, location_id, by=by, match=match), archived=False, by=by)


def whole(session: Session, location_id: int, *, by: Actor, match: int | None) -> Location:
    """A location whose being there concerns everybody, locked after its organization."""
    accounts.organization_changed(session, by.organization)
    place = held(session, location_id, by=by, right=Right.SETTINGS_WRITE)
    check_whole(by)
    check_location(session, place, match)
    return place


def put(session: Session, place: Location, *, archived: bool, by: Actor) -> Place:
    """Put a location away, or take it back."""
    if (place.archived_at is not None) == archived:
        return thing(session, place)
    place.archived_at = now() if archived else None
    shown = save(session, place, by=by)
    kind = "location.archived" if archived else "location.restored"
    changelog.note(session, kind, place.name, by=by, location=place.id)
    organizations.tell(session, by=by)
    return shown


def zone(session: Session, by: Actor) -> str:
    """The organization's own time zone."""
    return session.get_one(Organization, by.organization).timezone


def merged(place: Location, asked: Mapping[str, Seconds | None]) -> dict[str, list[int]] | None:
    """The thresholds of a location after a change; a stage set to null has the flow's again."""
    own = dict(place.thresholds or {})
    for stage, seconds in asked.items():
        if stage not in timed():
            words = f"There is no stage “{stage}” in which an order waits for somebody."
            raise Invalid(words, field=f"thresholds.{stage}")
        own.pop(stage, None)
        if seconds is not None:
            own[stage] = [seconds.warn_seconds, seconds.late_seconds]
    return own or None


def timed() -> set[str]:
    """The stages whose ages are coloured, of every flow."""
    return {stage.key for plan in PLANS.values() for stage in plan.stages.values() if stage.open}


def check_times(place: Location) -> None:
    """An event ends after it begins."""
    if place.starts_at and place.ends_at and place.starts_at >= place.ends_at:
        raise Invalid("It ends before it begins.", field="ends_at")


def told(*pair: Any) -> list[Any]:
    """What something was and is now, as the change log keeps it."""
    return [value.isoformat() if isinstance(value, datetime) else value for value in pair]
