"""What lists of orders can be asked for."""

import re
from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from server.orders.boards import PAGE_LIMIT, Filters
from server.orders.forms import Form, Moment, Text
from server.orders.resolution import IssueFilters
from server.orders.stages import PLANS, Flow, Source

PAGE: Final = 50
WHOLE: Final = re.compile(r"-?[0-9]{1,30}")
STAGES: Final = list(dict.fromkeys(stage for plan in PLANS.values() for stage in plan.stages))


def plain(text: object) -> object:
    """A number as everybody writes it; pydantic would take 5.0 and 1_0, too."""
    return int(text) if isinstance(text, str) and WHOLE.fullmatch(text) else text


def said(text: object) -> object:
    """Yes or no as JSON writes it; pydantic would take on, off, y and n, too."""
    return {"true": True, "false": False}.get(text, text) if isinstance(text, str) else text


def staged(key: str) -> str:
    """A stage that some flow has."""
    if key in STAGES:
        return key
    raise ValueError(f"must be one of {', '.join(STAGES)}")


LocationId = Annotated[int, Field(ge=1, le=2**31 - 1), BeforeValidator(plain)]
Limit = Annotated[int, Field(ge=1, le=PAGE_LIMIT), BeforeValidator(plain)]
Flag = Annotated[bool, BeforeValidator(said)]
StageKey = Annotated[str, AfterValidator(staged), Field(json_schema_extra={"enum": STAGES})]
Search = Annotated[Text, Field(max_length=100)]


class CountQuery(Form):
    """Which orders are counted."""

    location: LocationId | None = Field(default=None, description="Only those of one location.")


class PlacesQuery(Form):
    """Which locations are listed."""

    archived: Flag = Field(default=False, description="Those no longer in use, too.")


class PlaceQuery(Form):
    """What the list of a location's orders is narrowed to, and how much of it is answered."""

    stage: StageKey | None = Field(default=None, description="Only those in this stage.")
    source: Source | None = Field(default=None, description="Only those that came from there.")
    flow: Flow | None = Field(default=None, description="Only those of this flow.")
    q: Search | None = Field(
        default=None,
        description="Beginnings of words of name, e-mail, destination or code, without regard to "
        "case and accents; or the last four or more digits of a telephone number.",
    )
    flagged: Flag | None = Field(
        default=None, description="Only those with an open issue, or without."
    )
    scheduled: Flag | None = Field(
        default=None,
        description="Only those that wait for their time (due time minus the prep minutes of their "
        "location), or only those that do not.",
    )
    customer: Annotated[Text, Field(max_length=254)] | None = Field(
        default=None,
        description="Only those of the customer with exactly this name or e-mail address.",
    )
    placed_after: Moment | None = Field(default=None, description="Only those placed later.")
    placed_before: Moment | None = Field(default=None, description="Only those placed earlier.")
    sort: Literal["placed_at", "-placed_at"] = Field(
        default="-placed_at", description="Oldest first, or newest first."
    )
    limit: Limit = Field(default=PAGE, description="How many at most.")
    cursor: Annotated[Text, Field(max_length=200)] | None = Field(
        default=None, description="The `next` of the page before."
    )

    def filters(self) -> Filters:
        """The same, as the trade knows it."""
        given = self.model_dump(exclude={"sort"})
        return Filters(**given, oldest_first=self.sort == "placed_at")


class ExportQuery(CountQuery):
    """Which orders are exported."""

    flow: Flow | None = Field(default=None, description="Only those of this flow.")
    placed_after: Moment | None = Field(default=None, description="Only those placed later.")
    placed_before: Moment | None = Field(default=None, description="Only those placed earlier.")

    def filters(self) -> Filters:
        """The same, as the trade knows it."""
        return Filters(**self.model_dump())


class OrdersQuery(PlaceQuery, CountQuery):
    """What a list of orders is narrowed to, and how much of it is answered."""


class IssuesQuery(Form):
    """What the queue of issues is narrowed to, and how much of it is answered."""

    location: LocationId | None = Field(default=None, description="Only those of one location.")
    state: Literal["open", "resolved"] = Field(
        default="open", description="Those that wait, or those that were resolved."
    )
    limit: Limit = Field(default=PAGE, description="How many at most.")
    cursor: Annotated[Text, Field(max_length=200)] | None = Field(
        default=None, description="The `next` of the page before."
    )

    def filters(self) -> IssueFilters:
        """The same, as the trade knows it."""
        return IssueFilters(**self.model_dump())


def ended(asked: OrdersQuery) -> Filters:
    """Only orders that have ended."""
    return replace(asked.filters(), ended=True)
