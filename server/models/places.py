"""Who runs Heard, and where their orders are made and handed out."""

from datetime import datetime

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel


class Organization(SQLModel, table=True):
    """A tenant. Nothing of one is ever visible to another."""

    __tablename__ = "organization"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    currency: str
    locale: str = "en"
    timezone: str = "UTC"
    access_version: int = 1  # +1 whenever anybody's rights change; open sockets re-check on it
    labels: dict[str, dict[str, str]] | None = Field(  # of flow and stage, where they are renamed
        default=None, sa_column=Column(JSON(none_as_null=True))
    )
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class Location(SQLModel, table=True):
    """A shop, bar, stand, store, warehouse or event; its orders share one channel."""

    __tablename__ = "location"

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", index=True)
    name: str
    kind: str
    flow: str
    timezone: str
    prep_minutes: int = 10
    version: int = 1
    status: str = "open"  # open, busy or paused
    status_reason: str | None = None
    status_by: str | None = None
    status_until: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    capacity: int | None = None
    thresholds: dict[str, list[int]] | None = Field(  # of a stage: seconds until warn, until late
        default=None, sa_column=Column(JSON(none_as_null=True))
    )
    archived_at: datetime | None = None  # no new orders, and out of every list of places
    customs_version: int = Field(  # raised when cards here are to be drawn otherwise than before
        default=0, sa_column_kwargs={"server_default": "0"}
    )


class Station(SQLModel, table=True):
    """Where tickets are made: grill, bar, packing."""

    __tablename__ = "station"
    __table_args__ = (UniqueConstraint("location_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    location_id: int = Field(foreign_key="location.id")
    name: str
