"""The book: every channel's events, numbered without gaps, and how far each reader has come."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, Text
from sqlmodel import Field, SQLModel


class Channel(SQLModel, table=True):
    """A stream of events. `head` is the last offset given, `floor` the last one forgotten."""

    __tablename__ = "channel"

    name: str = Field(primary_key=True)  # location:7, organization:1
    organization_id: int = Field(foreign_key="organization.id", index=True)
    epoch: str
    head: int = 0
    floor: int = 0
    counts: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))  # orders per stage


class Event(SQLModel, table=True):
    """One entry of the book: exactly one whole thing, as staff may see it."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_thing", "key", "thing_id", "version"),)

    channel: str = Field(foreign_key="channel.name", primary_key=True)
    offset: int = Field(primary_key=True)
    kind: str
    at: datetime
    by: str | None = Field(default=None, sa_column=Column(Text))
    key: str  # order, location …
    thing_id: str
    version: int
    thing: str = Field(sa_column=Column(Text, nullable=False))
    counts: str | None = Field(default=None, sa_column=Column(Text))


class Position(SQLModel, table=True):
    """How far a reader of a channel has come; moved in one transaction with what it caused."""

    __tablename__ = "position"

    reader: str = Field(primary_key=True)
    channel: str = Field(foreign_key="channel.name", primary_key=True)
    offset: int = 0
