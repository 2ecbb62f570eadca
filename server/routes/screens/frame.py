"""What every staff screen is framed by: who is asking, where they are, and what they may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from server.clock import now
from server.errors import NotFound
from server.models import Organization
from server.orders.reasons import CancelReason, DenyReason
from server.orders.stages import PLANS
from server.people.actors import Actor
from server.places import locations
from server.routes.rows import Scene
from server.routes.templates import build
from server.routes.words import WORDS

Place = dict[str, Any]

LABELS: Final = {
    flow.value: {key: stage.label for key, stage in plan.stages.items()}
    for flow, plan in PLANS.items()
}
REASONS: Final = {
    "cancelled": [reason.value for reason in CancelReason],
    "denied": [reason.value for reason in DenyReason],
}


@dataclass(frozen=True, slots=True)
class Frame:
    """One person at one location, at one moment."""

    actor: Actor
    place: Place
    places: Sequence[Place]
    locale: str
    at: datetime

    @property
    def scene(self) -> Scene:
        """What the rows depend on besides their cards."""
        rights = frozenset(right.value for right in self.actor.rights)
        return Scene.at(self.at, self.place["timezone"], rights, self.place["prep_minutes"])

    @property
    def context(self) -> dict[str, Any]:
        """What the layout prints."""
        return {
            "lang": self.locale.replace("_", "-"),
            "actor": self.actor,
            "place": self.place,
            "places": self.places,
            "clock": self.at.astimezone(ZoneInfo(self.place["timezone"])).strftime("%H:%M"),
            "reasons": REASONS,
        }

    @property
    def data(self) -> dict[str, Any]:
        """What the scripts of every staff screen need."""
        return {
            "build": build(),
            "now": self.at.isoformat(timespec="milliseconds"),
            "locale": self.locale.replace("_", "-"),
            "location": self.place,
            "rights": sorted(right.value for right in self.actor.rights),
            "labels": LABELS,
            "words": WORDS,
        }


def frame(session: Session, location_id: int | None, *, by: Actor) -> Frame:
    """The frame at a location, or at the first one this person works at."""
    places = locations.visible(session, by=by)
    place = next((p for p in places if location_id in (None, p["id"])), None)
    if place is None:
        raise NotFound(nowhere(places))
    return Frame(by, place, places, locale(session, by), now())


def nowhere(places: Sequence[Mapping[str, Any]]) -> str:
    """Why there is nothing to show."""
    if places:
        return "There is no such location, or you do not work there."
    return "You do not work at any location yet. An admin can add you to one."


def locale(session: Session, by: Actor) -> str:
    """How this person's organization writes numbers and dates."""
    return session.get_one(Organization, by.organization).locale
