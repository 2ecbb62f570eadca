"""The change log: who changed people, devices and settings, and when. Lines are only ever added."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session, col, select

from server.clock import now
from server.errors import Invalid
from server.models import Change
from server.people.actors import Actor, Right

PAGE: Final = 50
CURSOR_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Log:
    """Some lines of the log, the newest first, and the cursor of the older ones."""

    changes: list[dict[str, Any]]
    next: str | None


def note(
    session: Session,
    kind: str,
    subject: str,
    *,
    by: Actor,
    location: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write down that `by` has changed something; `subject` says in words what it was about."""
    session.add(
        Change(
            organization_id=by.organization,
            location_id=location,
            at=now(),
            by_name=by.name,
            by_role=by.role.value,
            device=by.device,
            kind=kind,
            subject=subject,
            detail=dict(detail or {}),
        )
    )


def listed(session: Session, *, by: Actor, cursor: str | None = None, limit: int = PAGE) -> Log:
    """What was changed where this actor may change things, the newest first."""
    by.require(Right.SETTINGS_WRITE)
    asked = select(Change).where(Change.organization_id == by.organization)
    if by.locations is not None:
        asked = asked.where(col(Change.location_id).in_(by.locations))
    if cursor is not None:
        asked = asked.where(col(Change.id) < before(cursor))
    found = session.exec(asked.order_by(col(Change.id).desc()).limit(limit + 1)).all()
    following = str(found[limit - 1].id) if len(found) > limit else None
    return Log([shown(change) for change in found[:limit]], following)


def before(cursor: str) -> int:
    """The line that a cursor stands for."""
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= CURSOR_DIGITS):
        raise Invalid("This cursor is none of ours.", field="cursor")
    return int(cursor)


def shown(change: Change) -> dict[str, Any]:
    """A line as it is answered."""
    return {
        "id": change.id,
        "at": change.at.isoformat(timespec="milliseconds"),
        "by": {"name": change.by_name, "role": change.by_role, "device": change.device},
        "kind": change.kind,
        "subject": change.subject,
        "location": change.location_id,
        "detail": change.detail,
    }
