"""The shapes of locations, their stations, and the settings of an organization."""

from typing import Literal

from pydantic import Field

from server.orders.stages import Flow
from server.routes.api.basis import Count, Shape, Time, VersionNumber


class Status(Shape):
    """How busy a place is."""

    state: Literal["open", "busy", "paused"]
    reason: str | None
    by: str | None
    until: Time | None


class Age(Shape):
    """From when the age of an order in a stage is coloured."""

    warn_seconds: Count
    late_seconds: Count


class Place(Shape):
    """A location."""

    id: int
    name: str
    kind: str
    flow: Flow = Field(description="Of orders that name none.")
    timezone: str = Field(description="An IANA time zone.")
    prep_minutes: Count
    starts_at: Time | None
    ends_at: Time | None
    capacity: Count | None
    labels: dict[str, str] = Field(description="What the stages of its flow are called.")
    thresholds: dict[str, Age] = Field(description="Of each stage in which an order waits.")
    archived: bool
    version: VersionNumber
    status: Status
    channel: str = Field(description="The name of its live channel.")


class Places(Shape):
    """The locations that the caller works at."""

    locations: list[Place]


class Station(Shape):
    """Where at a location tickets are made."""

    id: int
    location: int
    name: str
    version: VersionNumber = Field(description="Of the location.")


class Stations(Shape):
    """The stations of a location, by name."""

    stations: list[Station]


class Settings(Shape):
    """The settings of the caller's organization."""

    id: int
    name: str
    currency: str = Field(pattern="^[A-Z]{3}$")
    locale: str
    timezone: str = Field(description="Of new locations.")
    labels: dict[Flow, dict[str, str]] = Field(description="What the stages are called.")
    renamed: dict[Flow, dict[str, str]] = Field(description="Only what differs from the usual.")
    version: VersionNumber
