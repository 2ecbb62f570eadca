"""What may be said about an organization, its locations and their stations."""

from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Final
from zoneinfo import available_timezones

from pydantic import AfterValidator, ConfigDict, Field

from server.orders.forms import NOT_EMPTY, Form, Minutes, Moment, Name, Text, Whole, some
from server.orders.stages import Flow

DAY: Final = 24 * 60 * 60
LONGEST_SECONDS: Final = 60 * DAY
CAPACITY_LIMIT: Final = 10**7
STATIONS_LIMIT: Final = 40


class PlaceKind(StrEnum):
    """What sort of place a location is."""

    BAR = "bar"
    KITCHEN = "kitchen"
    STAND = "stand"
    SHOP = "shop"
    STORE = "store"
    WAREHOUSE = "warehouse"
    EVENT = "event"


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """Every time zone there is, by its IANA name."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def known_zone(name: str) -> str:
    """A time zone that clocks can be set by."""
    if name not in zones():
        raise ValueError("is not a time zone like Europe/Helsinki")
    return name


def rising(seconds: "Seconds") -> "Seconds":
    """First it is due soon, then it is late."""
    if seconds.warn_seconds >= seconds.late_seconds:
        raise ValueError("must warn before it is late")
    return seconds


Zone = Annotated[
    str,
    Field(max_length=64, description="An IANA name, like Europe/Helsinki."),
    AfterValidator(known_zone),
]
PlaceName = Annotated[Text, Field(max_length=80, json_schema_extra=NOT_EMPTY), AfterValidator(some)]
StationName = Annotated[
    Text, Field(max_length=40, json_schema_extra=NOT_EMPTY), AfterValidator(some)
]
Duration = Annotated[Whole, Field(ge=1, le=LONGEST_SECONDS)]
Key = Annotated[str, Field(max_length=40)]
Label = Annotated[Text, Field(max_length=60, description="2 to 14 characters; empty: the usual.")]


class Seconds(Form):
    """From when the age of an order in a stage is coloured."""

    warn_seconds: Duration
    late_seconds: Duration


Thresholds = dict[Key, Annotated[Seconds, AfterValidator(rising)] | None]


class LocationForm(Form):
    """A new place."""

    model_config = ConfigDict(use_enum_values=True)

    name: PlaceName
    kind: PlaceKind
    flow: Flow = Field(description="Of orders that name none.")
    timezone: Zone | None = Field(default=None, description="The organization's where none is.")
    prep_minutes: Minutes = 10
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    capacity: Annotated[Whole, Field(ge=0, le=CAPACITY_LIMIT)] | None = None
    stations: list[StationName] = Field(default_factory=list, max_length=STATIONS_LIMIT)


class PlaceForm(Form):
    """What may be changed about a place; what is not named stays."""

    model_config = ConfigDict(use_enum_values=True)

    name: PlaceName | None = None
    kind: PlaceKind | None = None
    flow: Flow | None = Field(default=None, description="Of new orders that name none.")
    timezone: Zone | None = None
    prep_minutes: Minutes | None = None
    thresholds: Thresholds | None = Field(
        default=None, description="By stage; null for one stage is the flow's usual."
    )
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    capacity: Annotated[Whole, Field(ge=0, le=CAPACITY_LIMIT)] | None = None

    def given(self) -> dict[str, Any]:
        """Only what the caller named; only an event's times and size can be taken away again."""
        named = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: v for name, v in named.items() if v is not None or name in CLEARABLE}


CLEARABLE: Final = ("starts_at", "ends_at", "capacity")


class StationForm(Form):
    """A station of a place."""

    name: StationName


class SettingsForm(Form):
    """What may be changed about an organization; what is not named stays."""

    name: Name | None = None
    timezone: Zone | None = Field(default=None, description="Of new locations.")
    labels: dict[Flow, dict[Key, Label | None]] | None = Field(
        default=None, description="By flow and stage; empty or null is the usual word again."
    )
