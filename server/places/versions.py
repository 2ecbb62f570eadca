"""Two people changing the same settings: whoever saw an older version is told who was faster."""

from typing import Any

from sqlmodel import Session, col, select

from server.errors import Overtaken
from server.models import Change, Location, Organization
from server.places.locations import thing


def check_location(session: Session, place: Location, match: int | None) -> None:
    """Refuse to act on a version of a location that is gone."""
    if match is not None and match != place.version:
        told = thing(session, place)
        last = select(Change).where(Change.location_id == place.id)
        raise overtaken(session, place.name, last, location=told)


def check_organization(session: Session, owner: Organization, match: int | None, now: Any) -> None:
    """Refuse to act on a version of the organization's settings that is gone."""
    if match is not None and match != owner.version:
        last = select(Change).where(
            Change.organization_id == owner.id, Change.kind == "settings.changed"
        )
        raise overtaken(session, "These settings", last, settings=now)


def overtaken(session: Session, what: str, asked: Any, **present: Any) -> Overtaken:
    """The refusal, with who was last and what it is like now."""
    last = session.exec(asked.order_by(col(Change.id).desc()).limit(1)).first()
    who = f" by {last.by_name}" if last else ""
    has = "have" if "settings" in present else "has"
    words = f"{what} {has} been changed{who} since you saw it. Nothing of yours was saved."
    changed = (
        {"at": last.at.isoformat(timespec="milliseconds"), "by": last.by_name} if last else None
    )
    return Overtaken(words, changed=changed, **present)
