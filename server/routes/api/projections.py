"""The shapes of a card as others than the staff see it; see orders/cards.py."""

from typing import Literal

from pydantic import Field

from server.orders.stages import Flow, Kind, Source
from server.routes.api.parts import Modifier, Money, Package, Totals, Words
from server.routes.api.shapes import Shape, Time, Timer, VersionNumber


class DisplayModifier(Shape):
    """A wish about a line."""

    name: str
    quantity: int


class DisplayLine(Shape):
    """A line as those see it who prepare it."""

    id: int
    name: str
    sku: str | None
    quantity: int
    modifiers: list[DisplayModifier]
    note: str | None
    station: str | None
    done: bool


class OnDisplay(Shape):
    """A card as those see it who prepare the order: without contact data and money."""

    id: str
    code: str
    version: VersionNumber
    location: int
    flow: Flow
    source: Source
    stage: str
    label: str
    kind: Kind
    customer: dict[Literal["name"], str | None]
    instructions: str | None
    lines: list[DisplayLine]
    placed_at: Time
    due_at: Time | None
    promised_at: Time | None
    surfaces_at: Time | None
    ended_at: Time | None
    flagged: bool
    timer: Timer | None
    text: dict[Literal["items"], str]


class AtPickup(Shape):
    """A card as everybody in the room may see it."""

    id: str
    code: str
    version: VersionNumber
    location: int
    stage: str
    label: str
    kind: Kind


class BuyersLine(Shape):
    """A line as whoever bought it sees it."""

    id: int
    name: str
    quantity: int
    unit_price: Money
    modifiers: list[Modifier]


class BuyersPayment(Shape):
    """What was paid, what came back, and what is still owed."""

    paid: Money
    refunded: Money
    owed: Money


class OfBuyer(Shape):
    """A card as the customer sees it who has the order's link."""

    id: str
    code: str
    version: VersionNumber
    flow: Flow
    stage: str
    label: str
    kind: Kind
    customer: dict[Literal["name"], str | None]
    lines: list[BuyersLine]
    totals: Totals
    payment: BuyersPayment
    packages: list[Package]
    placed_at: Time
    due_at: Time | None
    promised_at: Time | None
    ended_at: Time | None
    message: str | None = Field(description="Why it was cancelled, in somebody's words.")
    text: Words


class Gone(Shape):
    """A card that has left the location."""

    id: str
    version: VersionNumber
    gone: Literal[True]


class Sign(Shape):
    """Something of the organization that has changed: ask for it, if you may."""

    id: int
    version: VersionNumber
