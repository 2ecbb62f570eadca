"""What every staff screen is framed by: who is asking, where they are, and what they may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from server.clock import now
from server.errors import NotFound
from server.models import Organization
from server.money import parsed
from server.orders import resolution
from server.orders.customs import Customs
from server.orders.reasons import CancelReason, DenyReason
from server.orders.stages import PLANS, Kind
from server.people.actors import Actor, Right
from server.places import locations
from server.routes import flags
from server.routes.course import Labels
from server.routes.details import LABELS
from server.routes.rows import Scene
from server.routes.templates import build
from server.routes.words import WORDS, say, spoken, told_at

Place = dict[str, Any]
EVERYWHERE: Final = "all"

AHEAD: Final = {
    flow.value: {
        key: [
            {
                "to": move.to,
                "kind": plan.stages[move.to].kind.value,
                "requires": list(move.requires),
                "right": move.right.value,
            }
            for move in plan.moves_from(key, ())
            if plan.stages[move.to].kind is not Kind.VOID
        ]
        for key in plan.stages
    }
    for flow, plan in PLANS.items()
}
"""The ways on from each stage, for a page that has to go on without a connection."""
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
    labels: Labels = field(default_factory=lambda: LABELS)
    flagged: Sequence[Mapping[str, Any]] = ()  # how many at each location, and since when

    @property
    def scene(self) -> Scene:
        """What the rows depend on besides their cards."""
        rights = frozenset(right.value for right in self.actor.rights)
        several = {p["id"]: p for p in self.places} if self.place["id"] == EVERYWHERE else None
        own = self.place["timezone"], rights, self.place["prep_minutes"]
        return Scene.at(self.at, *own, several)

    @property
    def today(self) -> str:
        """The date at the location."""
        return self.at.astimezone(ZoneInfo(self.place["timezone"])).date().isoformat()

    @property
    def shown_places(self) -> Sequence[Place]:
        """The locations whose orders the page shows."""
        return self.places if self.place["id"] == EVERYWHERE else [self.place]

    @property
    def context(self) -> dict[str, Any]:
        """What the layout prints."""
        return {
            "lang": self.locale.replace("_", "-"),
            "actor": self.actor,
            "place": self.place,
            "places": self.places,
            "clock": self.at.astimezone(ZoneInfo(self.place["timezone"])).strftime("%H:%M"),
            "standing": standing(self.place["status"], self.today),
            "reasons": REASONS,
            "flags": flags.standing(self.flagged, self.at),
        }

    @property
    def data(self) -> dict[str, Any]:
        """What the scripts of every staff screen need."""
        return {
            "build": build(),
            "now": self.at.isoformat(timespec="milliseconds"),
            "locale": str(parsed(self.locale)).replace("_", "-"),  # as amounts are written here
            "location": self.place,
            "rights": sorted(right.value for right in self.actor.rights),
            "labels": self.labels,
            "ahead": AHEAD,
            "person": self.actor.key,
            "name": self.actor.name,
            "flagged": self.flagged,
            "words": spoken(self.locale),
        }


def frame(session: Session, location_id: int | None, *, by: Actor) -> Frame:
    """The frame at a location, or at the first one this person works at."""
    places = locations.visible(session, by=by)
    place = next((p for p in places if location_id in (None, p["id"])), None)
    if place is None:
        raise NotFound(nowhere(places))
    owner = session.get_one(Organization, by.organization)
    return Frame(by, place, places, owner.locale, now(), words(owner), flagged(session, by))


def everywhere(session: Session, *, by: Actor) -> Frame:
    """The frame around all locations where this person works."""
    places = locations.visible(session, by=by)
    if not places:
        raise NotFound(nowhere(places))
    organization = session.get_one(Organization, by.organization)
    place = {
        "id": EVERYWHERE,
        "name": spoken(organization.locale)["everywhere"],
        "kind": EVERYWHERE,
        "flow": places[0]["flow"],
        "timezone": organization.timezone,
        "prep_minutes": places[0]["prep_minutes"],
        "version": 0,
        "status": {"state": "open", "reason": None, "by": None, "until": None},
        "channel": None,
    }
    own = words(organization)
    return Frame(by, place, places, organization.locale, now(), own, flagged(session, by))


def flagged(session: Session, by: Actor) -> Sequence[Mapping[str, Any]]:
    """What waits for those who see to problems; nobody else is told."""
    return resolution.standing(session, by=by) if Right.ORDERS_READ in by.rights else ()


def words(owner: Organization) -> Labels:
    """What the stages of each flow are called."""
    own = Customs(labels=owner.labels or {})
    return {flow.value: own.words(flow) for flow in PLANS}


def standing(status: Mapping[str, Any], today: str) -> str:
    """How busy the place is: Busy until 18:30 · Too busy · Ana."""
    until = told_at(status["until"], today)
    word = WORDS["status"][status["state"]]
    shut = say("status.until", word=word, time=until) if until else word
    return " · ".join(filter(None, (shut, status["reason"], status["by"])))


def nowhere(places: Sequence[Mapping[str, Any]]) -> str:
    """Why there is nothing to show."""
    if places:
        return "There is no such location, or you do not work there."
    return "You do not work at any location yet. An admin can add you to one."


def locale(session: Session, by: Actor) -> str:
    """How this person's organization writes numbers and dates."""
    return session.get_one(Organization, by.organization).locale
