"""People, their sign-ins, and the keys of machines."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index
from sqlmodel import Field, SQLModel


class Account(SQLModel, table=True):
    """A person who may sign in."""

    __tablename__ = "account"

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", index=True)
    email: str = Field(unique=True)
    name: str
    role: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None
    one_time_until: datetime | None = None  # the password is to be replaced at the next login
    invited_by: str | None = None  # account:3
    seen_at: datetime | None = None  # when they last signed in
    pin_hash: str | None = None  # for paired tablets that several people share
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class AccountLocation(SQLModel, table=True):
    """A location that a manager or a member of staff works at."""

    __tablename__ = "account_location"

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    location_id: int = Field(foreign_key="location.id", primary_key=True)


class SignIn(SQLModel, table=True):
    """A browser that signed in. The cookie holds a secret, the row only its hash."""

    __tablename__ = "sign_in"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    token_hash: str = Field(unique=True)
    csrf: str
    device: str
    created_at: datetime
    used_at: datetime
    ended_at: datetime | None = None
    proved_at: datetime | None = None  # when the password was last given; never by a PIN
    device_id: int | None = Field(  # opened there by PIN
        default=None, sa_column=Column(ForeignKey("device.id", name="fk_sign_in_device"))
    )


class PasswordReset(SQLModel, table=True):
    """A link by which a person may set a new password, once."""

    __tablename__ = "password_reset"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    token_hash: str = Field(unique=True)
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class Attempt(SQLModel, table=True):
    """A wrong password, PIN or pairing code; so many of one `key` slow the next one down."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_key", "key", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str  # account:<hash of the address>, ip:<address>, device:3
    at: datetime


class Device(SQLModel, table=True):
    """A paired tablet or display: one location, one profile. The row holds its token's hash."""

    __tablename__ = "device"

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", index=True)
    location_id: int = Field(foreign_key="location.id")
    name: str
    profile: str  # board, kitchen, merch, pickup or register
    token_hash: str = Field(unique=True)
    old_token_hash: str | None = None  # before the last rotation: a lost answer is no lock-out
    csrf: str
    created_at: datetime
    created_by: str
    rotated_at: datetime
    seen_at: datetime | None = None
    revoked_at: datetime | None = None
    version: int = 1


class Pairing(SQLModel, table=True):
    """A device that asks to be let in; it shows a code for a manager to type (RFC 8628)."""

    __tablename__ = "pairing"

    id: int | None = Field(default=None, primary_key=True)
    code_hash: str = Field(unique=True)  # of the eight letters people see
    device_code_hash: str = Field(unique=True)  # of what only the device knows
    described: str  # the browser and system it says it is
    address: str
    created_at: datetime
    expires_at: datetime
    polled_at: datetime | None = None
    poll_seconds: int = 5  # +5 whenever it asked sooner than that
    device_id: int | None = Field(default=None, foreign_key="device.id")  # once approved
    taken_at: datetime | None = None  # once the device has its token


class Change(SQLModel, table=True):
    """The change log: who changed people, devices, keys or settings, and when. Only added to."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_organization", "organization_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    location_id: int | None = Field(default=None, foreign_key="location.id")
    at: datetime
    by_name: str
    by_role: str
    device: str | None = None
    kind: str  # person.invited, device.paired, location.changed …
    subject: str  # whom or what it was about, in words
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class ApiKey(SQLModel, table=True):
    """A machine's key: scopes, and the locations it is for (none named: all)."""

    __tablename__ = "api_key"

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", index=True)
    name: str
    token_hash: str = Field(unique=True)
    scopes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime
    revoked_at: datetime | None = None


class ApiKeyLocation(SQLModel, table=True):
    """A location that a key is limited to."""

    __tablename__ = "api_key_location"

    api_key_id: int = Field(foreign_key="api_key.id", primary_key=True)
    location_id: int = Field(foreign_key="location.id", primary_key=True)
