"""What the pages of the office share: people, devices, the change log, one's own account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from server.clock import now
from server.events import Head, heads
from server.models import Location, Organization
from server.orders.cards import zone
from server.people.actors import Actor
from server.routes.catalogue import speaking
from server.routes.flags import standing
from server.routes.screens.frame import flagged
from server.routes.templates import build
from server.routes.words import clock, spoken

SPOKEN: Final = ("office", "months", "standing")


@dataclass(frozen=True, slots=True)
class Office:
    """One person in the office, at one moment."""

    actor: Actor
    organization: Organization
    places: dict[int, str]
    head: Head
    at: datetime
    flagged: Sequence[Mapping[str, Any]]

    @property
    def today(self) -> str:
        """The date where the organization is."""
        return self.at.astimezone(zone(self.organization.timezone)).date().isoformat()

    def when(self, at: str | None) -> str:
        """A time in few words: 21:05 today, 21 Nov on any other day."""
        if not at:
            return ""
        there = datetime.fromisoformat(at).astimezone(zone(self.organization.timezone))
        return clock(there.isoformat(), self.today)

    @property
    def context(self) -> dict[str, Any]:
        """What the layout prints."""
        with speaking(self.organization.locale):
            flags = standing(self.flagged, self.at)
        return {
            "lang": self.organization.locale.replace("_", "-"),
            "actor": self.actor,
            "rights": {right.value for right in self.actor.rights},
            "places": self.places,
            "when": self.when,
            "flags": flags,
            "data": self.data,
        }

    @property
    def data(self) -> dict[str, Any]:
        """What the scripts of these pages need."""
        return {
            "build": build(),
            "now": self.at.isoformat(timespec="milliseconds"),
            "location": {"timezone": self.organization.timezone},
            "channel": f"organization:{self.actor.organization}",
            "position": {"epoch": self.head.epoch, "offset": self.head.offset},
            "flagged": self.flagged,
            "words": spoken(self.organization.locale, *SPOKEN),
        }


def office(session: Session, *, by: Actor) -> Office:
    """The office as this person sees it."""
    own = select(Location.id, Location.name).where(Location.organization_id == by.organization)
    found = session.exec(own.order_by(col(Location.name), col(Location.id)))
    places = {ident or 0: name for ident, name in found if by.sees(ident or 0)}
    channel = f"organization:{by.organization}"
    head = heads(session, [channel]).channels[channel]
    owner = session.get_one(Organization, by.organization)
    return Office(by, owner, places, head, now(), flagged(session, by))
