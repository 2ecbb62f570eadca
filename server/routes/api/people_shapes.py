"""The shapes of people, their sessions, and the change log."""

from typing import Any, Literal

from pydantic import Field

from server.people.actors import Role
from server.routes.api.basis import Shape, Time, VersionNumber


class Person(Shape):
    """Somebody who works here, or may."""

    id: int
    name: str
    email: str
    role: Literal["admin", "manager", "staff"]
    locations: list[int] | None = Field(description="Where they work; null: everywhere.")
    state: Literal["active", "invited", "expired", "disabled"]
    invited_by: str | None
    invited_until: Time | None = Field(description="Until when their one-time password is good.")
    seen_at: Time | None
    pin: bool = Field(description="Whether they can sign in at paired devices.")
    version: VersionNumber


class People(Shape):
    """A page of people."""

    people: list[Person]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")


class SignedIn(Shape):
    """A browser in which one is signed in."""

    id: int
    device: str
    since: Time
    used_at: Time
    here: bool = Field(description="Whether it is this one.")


class Sessions(Shape):
    """The browsers in which one is signed in."""

    sessions: list[SignedIn]


class Done(Shape):
    """It is done."""

    done: Literal[True]


class ChangedBy(Shape):
    """Who changed something, and at which device."""

    name: str
    role: Role
    device: str | None


class ChangeLine(Shape):
    """A line of the change log."""

    id: int
    at: Time
    by: ChangedBy
    kind: str = Field(description="person.invited, device.revoked, settings.changed …")
    subject: str
    location: int | None
    detail: dict[str, Any]


class ChangeLog(Shape):
    """A page of the change log, the newest first."""

    changes: list[ChangeLine]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")
