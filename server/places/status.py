"""How busy a place is. Busy and paused have an owner, a reason and an end; none can be left on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from server.clock import now
from server.errors import Invalid
from server.models import Location
from server.orders.forms import StatusForm
from server.people import changelog
from server.people.actors import Actor, Right, system
from server.places.locations import Place, held, in_use, save

LONGEST: Final = timedelta(days=7)
BATCH: Final = 100


def set_status(session: Session, location_id: int, form: StatusForm, *, by: Actor) -> Place:
    """Open a place, or make it busy or paused until a given time."""
    place = in_use(held(session, location_id, by=by, right=Right.LOCATIONS_STATUS))
    place.status_until = end(form)
    place.status = form.state
    place.status_reason = None if form.state == "open" else form.reason or None
    place.status_by = None if form.state == "open" else by.name
    told = save(session, place, by=by)
    changelog.note(
        session,
        f"location.{form.state}",
        place.name,
        by=by,
        location=location_id,
        detail={"reason": place.status_reason, "until": told["status"]["until"]},
    )
    return told


def reopen_due(session: Session, now: datetime) -> int:
    """Open every place whose busy or paused time is over; how many there were."""
    due = select(Location).where(col(Location.status_until) <= now).order_by(col(Location.id))
    locked = due.limit(BATCH).with_for_update(key_share=True)  # whoever places there is soon done
    places: Sequence[Location] = session.exec(locked).all()
    for place in places:
        place.status, place.status_until = "open", None
        place.status_reason = place.status_by = None
        save(session, place, by=system(place.organization_id))
    return len(places)


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
