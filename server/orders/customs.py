"""Customs of the place: what stages are called there, when an order is late, how long one takes.

Flows are data of the house; an organization may rename their stages, and a location may say from
when an age is coloured, and how long before its due time a scheduled order surfaces. A stored card
is drawn with the customs of its time; `version` says which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import orjson
from sqlmodel import Session, col, select

from server.models import Location, Order, Organization
from server.orders.cards import Card, local, surfacing, timer
from server.orders.stages import PLANS, Flow

Labels = Mapping[str, Mapping[str, str]]
Thresholds = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Customs:
    """Only what differs from the flows' own words and times."""

    version: int = 0
    labels: Labels = field(default_factory=dict)  # of flow and stage
    thresholds: Thresholds = field(default_factory=dict)  # of a stage: seconds until warn, late
    prep_minutes: int = 0

    def label(self, flow: str, stage: str) -> str:
        """What a stage is called here."""
        return self.labels.get(flow, {}).get(stage) or PLANS[Flow(flow)].stages[stage].label

    def words(self, flow: str) -> dict[str, str]:
        """What the stages of a flow are called here, in order of progress."""
        return {stage: self.label(flow, stage) for stage in PLANS[Flow(flow)].stages}

    def put_on(self, card: Card, order: Order) -> None:
        """Draw a card the way it is done here."""
        if self.labels:
            self.name(card)
        if order.due_at or order.surfaces_at:
            prep = timedelta(minutes=self.prep_minutes)
            order.surfaces_at = order.due_at - prep if order.due_at else None
            card["surfaces_at"] = local(order, surfacing(order))
            card["timer"] = timer(order)
        if order.open and order.stage in self.thresholds:
            warn, late = self.thresholds[order.stage]
            card["timer"] = timer(order, warn, late)

    def name(self, card: Card) -> None:
        """Say the stages of a card in the words of this place."""
        card["label"] = self.label(card["flow"], card["stage"])
        for step in card["next"]:
            step["label"] = self.label(card["flow"], step["to"])


PLAIN: Final = Customs()
"""Those of a place that has changed nothing."""


def of_locations(session: Session, organization_id: int, *only: int) -> dict[int, Customs]:
    """The customs of the organization's locations, or only of these."""
    asked = select(Location, Organization).join(Organization)
    asked = asked.where(Location.organization_id == organization_id)
    if only:
        asked = asked.where(col(Location.id).in_(only))
    return {place.id or 0: customs_of(place, owner) for place, owner in session.exec(asked)}


def in_words(card: str, drawn: int, customs: Customs) -> bytes:
    """A stored card in today's words; `drawn` says with which customs it was stored."""
    if drawn == customs.version:
        return card.encode()
    whole = orjson.loads(card)
    customs.name(whole)
    return orjson.dumps(whole)


def customs_of(location: Location, organization: Organization) -> Customs:
    """The customs of a location."""
    own = location.thresholds, location.prep_minutes
    return read(location.customs_version, organization.labels, *own)


def read(version: int, labels: Any, thresholds: Any, prep_minutes: int) -> Customs:
    """The customs that these columns hold."""
    return Customs(version, labels or {}, thresholds or {}, prep_minutes)
