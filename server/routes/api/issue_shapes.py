"""The shapes of issues: what is wrong with an order, and what came of it."""

from typing import Literal

from pydantic import Field

from server.orders.reasons import IssueOutcome, IssueType, Priority
from server.routes.api.basis import Count, Shape, Time, VersionNumber


class AttachmentAbout(Shape):
    """A picture or document of an issue."""

    id: str = Field(pattern="^att_[0-9a-z]{26}$")
    name: str
    media_type: str
    size: Count = Field(description="Bytes.")
    href: str = Field(description="Where it is to be had.")


class Issue(Shape):
    """A problem with an order; while one is open, the order is flagged."""

    id: str = Field(pattern="^iss_[0-9a-z]{26}$")
    type: IssueType
    priority: Priority
    text: str
    lines: list[int] = Field(description="The lines concerned; none: the whole order.")
    state: Literal["open", "resolved", "removed"]
    version: VersionNumber = Field(description="The order's version when it last changed.")
    opened_at: Time
    opened_by: str
    outcome: IssueOutcome | None
    note: str | None
    settled_at: Time | None
    settled_by: str | None
    attachments: list[AttachmentAbout]


class AtLocation(Shape):
    """How many orders of one location are flagged."""

    location: int
    flagged: Count
    oldest_at: Time = Field(description="Since when the oldest issue is open.")


class Standing(Shape):
    """How many orders are flagged, at the caller's locations that have any."""

    locations: list[AtLocation]
