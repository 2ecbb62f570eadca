"""What customers bought, and where each order stands."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

FOLDED = String().with_variant(String(collation="C"), "postgresql")  # prefixes are ranges


class Order(SQLModel, table=True):
    """An order; its card is kept ready-made beside it, so that a list never rebuilds one."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("organization_id", "code"),
        UniqueConstraint("location_id", "source", "external_id"),
        Index("ix_orders_board", "location_id", "open", "ended_at", "id"),
        Index("ix_orders_placed", "organization_id", "placed_at", "id"),
        Index("ix_orders_location_placed", "location_id", "placed_at", "id"),
    )

    id: str = Field(primary_key=True)  # ord_…, in the order of placing
    organization_id: int = Field(foreign_key="organization.id")
    location_id: int = Field(foreign_key="location.id")
    code: str
    source: str
    external_id: str | None = None
    flow: str
    stage: str
    kind: str
    open: bool
    flagged: bool = False
    version: int = 1
    trail: list[str] = Field(sa_column=Column(JSON, nullable=False))  # stages before this one
    undo: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))

    customer_name: str | None = None
    customer_email: str | None = None
    customer_phone: str | None = None  # E.164
    destination: str | None = None
    instructions: str | None = None

    timezone: str  # of the location; times in the card carry its offset
    locale: str
    currency: str
    subtotal: int = Field(sa_type=BigInteger)
    discount: int = Field(default=0, sa_type=BigInteger)
    service_fee: int = Field(default=0, sa_type=BigInteger)
    tax: int = Field(default=0, sa_type=BigInteger)
    tip: int = Field(default=0, sa_type=BigInteger)
    total: int = Field(sa_type=BigInteger)
    payment_method: str | None = None
    payment_deadline: datetime | None = None
    paid: int = Field(default=0, sa_type=BigInteger)  # both follow from the ledger
    refunded: int = Field(default=0, sa_type=BigInteger)

    packages: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    placed_at: datetime
    due_at: datetime | None = None
    promised_at: datetime | None = None
    surfaces_at: datetime | None = None  # until then it is only scheduled: due time minus prep time
    surfaced_at: datetime | None = None  # when it was taken up by hand before that
    entered_at: datetime  # when the present stage began
    ended_at: datetime | None = None
    moved_at: datetime | None = None
    moved_by: str | None = None
    moved_from: str | None = None
    moved_reason: str | None = None
    moved_message: str | None = None  # words for the customer
    card: str = Field(sa_column=Column(Text, nullable=False))  # JSON, see orders/cards.py
    customs_version: int = Field(  # of the location, when the card was drawn
        default=0, sa_column_kwargs={"server_default": "0"}
    )


class OrderLink(SQLModel, table=True):
    """What the signed links and QR codes of an order name; raising `version` revokes them all."""

    __tablename__ = "order_link"

    order_id: str = Field(foreign_key="orders.id", primary_key=True)
    ref: str = Field(unique=True)  # 128 random bits
    version: int = 1


class Line(SQLModel, table=True):
    """One SKU × quantity, price frozen at placing. `unit_price` includes the modifiers."""

    __tablename__ = "line"

    order_id: str = Field(foreign_key="orders.id", primary_key=True)
    number: int = Field(primary_key=True)
    name: str
    sku: str | None = None
    quantity: int
    unit_price: int = Field(sa_type=BigInteger)
    unit_cost: int | None = Field(default=None, sa_type=BigInteger)
    modifiers: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    note: str | None = None
    station: str | None = None
    done: bool = False


class History(SQLModel, table=True):
    """Who did what to an order and when; no personal data, kept for ever."""

    __tablename__ = "history"

    order_id: str = Field(foreign_key="orders.id", primary_key=True)
    version: int = Field(primary_key=True)
    kind: str
    at: datetime
    by_name: str
    by_role: str
    device: str | None = None
    from_stage: str | None = None
    to_stage: str | None = None
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class OrderNote(SQLModel, table=True):
    """What the staff wrote about an order; apart from the history, so that it can be forgotten."""

    __tablename__ = "order_note"

    order_id: str = Field(foreign_key="orders.id", primary_key=True)
    version: int = Field(primary_key=True)  # of the order's history, which knows who and when
    text: str = Field(sa_column=Column(Text, nullable=False))


class SearchToken(SQLModel, table=True):
    """A folded word by which an order is found; see orders/search.py."""

    __tablename__ = "search_token"
    __table_args__ = (
        ForeignKeyConstraint(["order_id"], ["orders.id"]),
        Index("ix_search_token_order", "order_id"),
    )

    organization_id: int = Field(primary_key=True)
    token: str = Field(sa_column=Column(FOLDED, primary_key=True))
    order_id: str = Field(primary_key=True)
