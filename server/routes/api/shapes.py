"""The shape of every answer. Cards come ready-made; the tests hold each of them against these."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from server import events
from server.orders.stages import Flow, Kind, Source
from server.people.actors import Right, Role

Time = Annotated[
    str,
    Field(
        json_schema_extra={"format": "date-time"},
        description="RFC 3339, with the location's offset.",
    ),
]
Count = Annotated[int, Field(ge=0)]
EventName = Annotated[str, Field(json_schema_extra={"enum": [kind.value for kind in events.Kind]})]
VersionNumber = Annotated[int, Field(ge=1, description="Raised by one with every change.")]


class Shape(BaseModel):
    """A JSON object with exactly these members."""

    model_config = ConfigDict(extra="forbid")


class Money(Shape):
    """An amount in minor units (cents) of its currency."""

    amount: int
    currency: str = Field(pattern="^[A-Z]{3}$")


class Customer(Shape):
    """Who ordered."""

    name: str | None
    email: str | None
    phone: str | None = Field(description="E.164")


class Modifier(Shape):
    """A wish about a line; its price is part of the line's unit price."""

    name: str
    quantity: int
    price: Money


class Line(Shape):
    """One SKU × quantity."""

    id: int = Field(description="1 for the first line of the order.")
    name: str
    sku: str | None
    quantity: int
    unit_price: Money = Field(description="For one, modifiers included.")
    modifiers: list[Modifier]
    note: str | None
    station: str | None
    done: bool


class Totals(Shape):
    """The sums of an order."""

    subtotal: Money
    discount: Money
    service_fee: Money
    tax: Money
    tip: Money
    total: Money


class Payment(Shape):
    """What came in, what went back, and what is still owed."""

    paid: Money
    refunded: Money
    owed: Money
    method: str | None
    deadline: Time | None


class Package(Shape):
    """A parcel on its way."""

    courier: str
    tracking: str
    at: Time


class Words(Shape):
    """The order in a few words, in the organization's language."""

    items: str
    total: str
    place: str


class Timer(Shape):
    """Since when the order is in its stage, and from when it is due soon and late."""

    since: Time
    warn_at: Time
    late_at: Time


class Moved(Shape):
    """The last move."""

    at: Time
    by: str | None
    from_: str | None = Field(alias="from")
    reason: str | None
    message: str | None = Field(description="Words for the customer.")
    undo_until: Time | None


class Choice(Shape):
    """A stage the order can go to now; the usual next one comes first."""

    to: str
    label: str
    kind: Kind
    requires: list[str] = Field(description="What the move has to be told.")
    right: Right = Field(description="The right it takes.")
    back: bool = Field(description="Whether it is a step back.")


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
    ended_at: Time | None
    flagged: bool
    issues: list[dict[str, Any]]
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


class Status(Shape):
    """How busy a place is."""

    state: Literal["open", "busy", "paused"]
    reason: str | None
    by: str | None
    until: Time | None


class Place(Shape):
    """A location."""

    id: int
    name: str
    kind: str
    flow: Flow
    timezone: str = Field(description="An IANA time zone.")
    prep_minutes: Count
    version: VersionNumber
    status: Status
    channel: str = Field(description="The name of its live channel.")


class Places(Shape):
    """The locations that the caller works at."""

    locations: list[Place]


class Board(Shape):
    """Everything a board shows, and the position in the channel at which it was true."""

    epoch: str
    offset: Count
    orders: list[Card]
    counts: dict[str, Count]


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
    changed: Changed | None = Field(default=None, description="Its last move.")
