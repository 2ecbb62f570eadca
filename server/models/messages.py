"""What customers are told, and who is at work telling them."""

from datetime import datetime

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class Message(SQLModel, table=True):
    """One mail to one person; messaging/outbox.py knows the ways of its `state`."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("channel", "offset", "kind"),
        Index("ix_message_due", "state", "not_before"),
    )

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", index=True)
    order_id: str | None = Field(default=None, foreign_key="orders.id", index=True)
    channel: str | None = None
    offset: int | None = None  # the event that caused it: never two of a kind for one event
    kind: str
    recipient: str
    subject: str
    text: str = Field(sa_column=Column(Text, nullable=False))
    code: str | None = None  # what the QR code says that goes with it
    message_id: str = Field(unique=True)  # RFC 5322 Message-ID, the same at every try
    moved_at: datetime | None = None  # of the move it tells of: undone, it is not sent
    state: str = "queued"
    reason: str | None = None
    attempts: int = 0
    created_at: datetime
    not_before: datetime
    lease_until: datetime | None = None
    fence: int = 0  # +1 with every lease; whoever holds an older one writes nothing
    settled_at: datetime | None = None


class Worker(SQLModel, table=True):
    """A process that works off jobs; `seen_at` is refreshed while it lives."""

    __tablename__ = "worker"

    name: str = Field(primary_key=True)
    seen_at: datetime
