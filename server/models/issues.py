"""What went wrong with orders, and the pictures of it."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel


class Issue(SQLModel, table=True):
    """A problem that lies over an order's stage; while one is open, the order is flagged."""

    __tablename__ = "issue"
    __table_args__ = (Index("ix_issue_queue", "organization_id", "state", "opened_at"),)

    id: str = Field(primary_key=True)  # iss_…
    organization_id: int = Field(foreign_key="organization.id")
    order_id: str = Field(foreign_key="orders.id", index=True)
    type: str
    priority: str
    text: str = Field(sa_column=Column(Text, nullable=False))
    lines: list[int] = Field(sa_column=Column(JSON, nullable=False))  # numbers; none: all of it
    state: str = "open"  # open, resolved or removed
    outcome: str | None = None
    note: str | None = Field(default=None, sa_column=Column(Text))
    version: int = 1
    opened_at: datetime
    opened_by: str
    changed_at: datetime
    settled_at: datetime | None = None
    settled_by: str | None = None


class Attachment(SQLModel, table=True):
    """A picture or document of an issue, drawn anew by us: nothing of the upload is kept."""

    __tablename__ = "attachment"

    id: str = Field(primary_key=True)  # att_…
    issue_id: str = Field(foreign_key="issue.id", index=True)
    name: str
    media_type: str
    size: int  # bytes
    width: int | None = None  # pixels
    height: int | None = None
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: datetime
    by: str
