"""The shape of every answer. Cards come ready-made; the tests hold each of them against these."""

from typing import Any, Literal

from pydantic import Field

from server.orders.scans import Verdict
from server.orders.stages import Flow, Kind, Source
from server.people.actors import Role
from server.routes.api.basis import Count as Count
from server.routes.api.basis import EventName as EventName
from server.routes.api.basis import Shape as Shape
from server.routes.api.basis import Time as Time
from server.routes.api.basis import VersionNumber as VersionNumber
from server.routes.api.issue_shapes import Issue
from server.routes.api.parts import (
    Choice,
    Customer,
    Line,
    Moved,
    Package,
    Payment,
    Totals,
    Words,
)
from server.routes.api.parts import Timer as Timer
from server.routes.api.place_shapes import Place as Place
from server.routes.api.place_shapes import Settings


class Card(Shape):
    """An order, whole: what answers, snapshots and events carry. The newest version wins."""

    id: str = Field(pattern="^ord_[0-9a-z]{26}$")
    code: str = Field(description="For people to call out; unique in the organization.")
    version: VersionNumber
    location: int
    flow: Flow
    source: Source
    stage: str
    label: str = Field(description="The stage in words.")
    kind: Kind
    customer: Customer
    destination: str | None
    instructions: str | None
    lines: list[Line]
    totals: Totals
    payment: Payment
    packages: list[Package]
    placed_at: Time
    due_at: Time | None
    promised_at: Time | None
    surfaces_at: Time | None
    ended_at: Time | None
    flagged: bool
    issues: list[Issue] = Field(description="The open ones, and the last that were resolved.")
    unread: Count
    text: Words
    timer: Timer | None = Field(description="null once the order has ended.")
    moved: Moved | None
    next: list[Choice]
    href: str


class Ordered(Card):
    """An order after a command."""

    noop: Literal[True] = Field(
        default=True, description="It was like that already: nothing changed."
    )
    merged: Literal[True] = Field(
        default=True, description="Done, although the order had changed since it was seen."
    )


class Flagged(Ordered):
    """An order after something was done about an issue of it."""

    issue: str = Field(description="The issue that it was about.")


class Queued(Issue):
    """An issue and its order."""

    order: Card


class IssuePage(Shape):
    """A page of issues, the oldest first."""

    issues: list[Queued]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")


class Doer(Shape):
    """Who did something, and where."""

    name: str
    role: Role
    device: str | None


class Entry(Shape):
    """A line of an order's history."""

    version: VersionNumber
    kind: EventName
    at: Time
    by: Doer
    from_: str | None = Field(alias="from")
    to: str | None
    detail: dict[str, Any]


class WithHistory(Card):
    """An order, and everything that was ever done to it, oldest first."""

    history: list[Entry]


class OrderPage(Shape):
    """A page of orders."""

    orders: list[Card]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")


class Tally(Shape):
    """How many orders there are."""

    active: Count
    completed: Count
    stages: dict[str, Count]


class Board(Shape):
    """Everything a board shows, and the position in the channel at which it was true."""

    epoch: str
    offset: Count
    orders: list[Card]
    counts: dict[str, Count]


class Where(Shape):
    """The place of an order."""

    id: int
    name: str


class Scanned(Shape):
    """What a scan means to whoever made it."""

    verdict: Verdict
    order: Card | None
    place: Where | None = Field(description="Where the order belongs.")


class Code(Shape):
    """The QR code of an order."""

    text: str = Field(description="What the code says: an address that leads to the page.")
    page: str = Field(description="The customer's own link.")
    svg: str


class Complaint(Shape):
    """What is wrong with one field."""

    field: str
    detail: str


class Changed(Shape):
    """Who changed the order, and when."""

    at: Time
    by: str | None


class Problem(Shape):
    """Why something was not done (RFC 9457)."""

    type: str = Field(description="/problems/… , which stays the same for ever.")
    title: str
    status: int
    detail: str = Field(description="A sentence for whoever is at work.")
    field: str | None = Field(
        default=None, description="The field that is wrong: lines.0.unit_price."
    )
    errors: list[Complaint] = Field(default=[], description="All fields that are wrong.")
    order: Card | None = Field(default=None, description="The order as it is now.")
    location: Place | None = Field(default=None, description="The location as it is now.")
    settings: Settings | None = Field(default=None, description="The settings as they are now.")
    changed: Changed | None = Field(default=None, description="The last change.")
