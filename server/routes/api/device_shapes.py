"""The shapes of paired devices, of those that ask to be let in, and of who works at them."""

from typing import Literal

from pydantic import Field

from server.routes.api.basis import Shape, Time, VersionNumber


class DeviceAbout(Shape):
    """A tablet or display that was let in, at one place and for one use."""

    id: int
    name: str
    location: int
    profile: Literal["board", "kitchen", "merch", "pickup", "register"]
    state: Literal["waiting", "active", "lapsed", "revoked"]
    paired_by: str
    paired_at: Time
    seen_at: Time | None = Field(description="When it was last heard of.")
    version: VersionNumber


class Devices(Shape):
    """The devices of the caller's places."""

    devices: list[DeviceAbout]


class Asking(Shape):
    """What a device says it is that asks to be let in. It may lie: look at it."""

    described: str
    address: str
    asked_at: Time
    expires_at: Time


class Beat(Shape):
    """The device itself; once a day with a new token, which a browser is given as its cookie."""

    device: DeviceAbout
    token: str | None


class AtDevice(Shape):
    """Somebody who may sign in at a device."""

    id: int
    name: str


class PeopleAtDevice(Shape):
    """Who may sign in at a device by PIN."""

    people: list[AtDevice]
