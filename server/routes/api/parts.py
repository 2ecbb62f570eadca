"""The shapes of what a card is made of."""

from pydantic import Field

from server.orders.stages import Kind
from server.people.actors import Right
from server.routes.api.basis import Shape, Time


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
