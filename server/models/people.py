"""People, their sign-ins, and the keys of machines."""

from datetime import datetime

from sqlalchemy import JSON, Column
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
