"""Paired devices: where they stand, and the token by which they are known, which renews itself."""

import secrets
from datetime import timedelta
from typing import Any, Final

from sqlmodel import Session, col, or_, select, update

from server.clock import now
from server.errors import Conflict, Forbidden, Invalid, NotFound, SignedOut, Stale
from server.events import Kind, record
from server.models import Device, Location, SignIn
from server.people import accounts, changelog
from server.people.actors import Actor, Right, system
from server.people.sessions import digest
from server.people.tablets import PREFIX, TOKEN_LIFE
from server.places.entry import DeviceChangeForm

ROTATED_AFTER: Final = timedelta(days=1)
SETTLING: Final = timedelta(minutes=1)  # two tabs that renew at once renew once
REVOKED_LISTED: Final = timedelta(days=7)
LISTED: Final = 500


def change(
    session: Session,
    device_id: int,
    form: DeviceChangeForm,
    *,
    by: Actor,
    match: int | None = None,
) -> dict[str, Any]:
    """Call a device otherwise, or have it stand elsewhere."""
    device = held(session, device_id, by, match)
    before = (device.name, device.location_id, device.profile)
    if form.location is not None:
        device.location_id = own_place(session, form.location, by).id or 0
    device.name = form.name or device.name
    device.profile = form.profile or device.profile
    after = (device.name, device.location_id, device.profile)
    if before == after:
        return shown(device)
    told = zip(("name", "location", "profile"), before, after, strict=True)
    detail = {name: [old, new] for name, old, new in told if old != new}
    if device.location_id != before[1]:
        shut(session, device)
    accounts.organization_changed(session, device.organization_id)
    note(session, "device.changed", device, by, detail)
    return announce(session, Kind.DEVICE_CHANGED, device, by)


def revoke(
    session: Session, device_id: int, *, by: Actor, match: int | None = None
) -> dict[str, Any]:
    """Shut a device out, and with it whoever is signed in at it."""
    device = held(session, device_id, by, match)
    if device.revoked_at is not None:
        return shown(device)
    device.revoked_at = now()
    shut(session, device)
    note(session, "device.revoked", device, by)
    return announce(session, Kind.DEVICE_REVOKED, device, by)


def beat(session: Session, token: str) -> tuple[dict[str, Any], str | None]:
    """A device says that it is there; once a day it is given a new token for it.

    The old one is good until the new one is used: an answer may have been lost.
    """
    shown_hash, at = digest(token), now()
    mine = or_(col(Device.token_hash) == shown_hash, col(Device.old_token_hash) == shown_hash)
    device = session.exec(select(Device).where(mine).with_for_update()).first()
    if device is None or device.revoked_at or at - device.rotated_at >= TOKEN_LIFE:
        raise SignedOut("This device is no longer let in. Pair it again.")
    first, device.seen_at = device.seen_at is None, at
    if first:
        announce(session, Kind.DEVICE_CHANGED, device, system(device.organization_id))
    old = shown_hash == device.old_token_hash
    if not old:
        device.old_token_hash = None
    due = at - device.rotated_at >= (SETTLING if old else ROTATED_AFTER)
    if not due:
        return shown(device), None
    device.old_token_hash = shown_hash
    return shown(device), renewed(device)


def renewed(device: Device) -> str:
    """A new token of a device; the row keeps its hash."""
    token = PREFIX + secrets.token_urlsafe(32)
    device.token_hash, device.rotated_at = digest(token), now()
    return token


def listed(session: Session, *, by: Actor) -> list[dict[str, Any]]:
    """The devices of the actor's places, and those that were shut out lately."""
    by.require(Right.DEVICES_WRITE)
    lately = col(Device.revoked_at).is_(None) | (col(Device.revoked_at) > now() - REVOKED_LISTED)
    own = select(Device).where(Device.organization_id == by.organization, lately)
    if by.locations is not None:
        own = own.where(col(Device.location_id).in_(by.locations))
    return [shown(device) for device in session.exec(own.order_by(col(Device.id)).limit(LISTED))]


def own_place(session: Session, location_id: int, by: Actor) -> Location:
    """A place of the actor's own."""
    place = session.get(Location, location_id)
    if place is None or place.organization_id != by.organization or not by.sees(location_id):
        raise Invalid(f"There is no location {location_id}.", field="location")
    return place


def held(session: Session, device_id: int, by: Actor, match: int | None) -> Device:
    """A device of the actor's own places, to be changed."""
    by.require(Right.DEVICES_WRITE)
    device = session.get(Device, device_id, with_for_update=True)
    if device is None or device.organization_id != by.organization:
        raise NotFound("There is no such device.")
    if not by.sees(device.location_id):
        raise NotFound("There is no such device.")
    if match is not None and match != device.version:
        raise Stale(f"{device.name} has changed since you looked.", field="If-Match")
    return device


def shut(session: Session, device: Device) -> None:
    """End what is open at a device: its people are signed out, its sockets close."""
    there = (col(SignIn.device_id) == device.id) & col(SignIn.ended_at).is_(None)
    session.execute(update(SignIn).where(there).values(ended_at=now()))
    accounts.organization_changed(session, device.organization_id)


def note(
    session: Session, kind: str, device: Device, by: Actor, detail: dict[str, Any] | None = None
) -> None:
    """A line of the change log."""
    where = device.location_id
    changelog.note(session, kind, device.name, by=by, location=where, detail=detail)


def announce(session: Session, kind: Kind, device: Device, by: Actor) -> dict[str, Any]:
    """Tell the organization's channel that a device is not as before."""
    device.version += 1
    session.add(device)
    session.flush()
    record(
        session,
        kind,
        f"organization:{device.organization_id}",
        {"id": device.id, "version": device.version},
        key="device",
        thing_id=device.id or 0,
        version=device.version,
        by=by,
    )
    return shown(device)


def shown(device: Device) -> dict[str, Any]:
    """A device as answered."""
    seen = device.seen_at
    return {
        "id": device.id,
        "name": device.name,
        "location": device.location_id,
        "profile": device.profile,
        "state": state(device),
        "paired_by": device.created_by,
        "paired_at": device.created_at.isoformat(timespec="seconds"),
        "seen_at": seen.isoformat(timespec="seconds") if seen else None,
        "version": device.version,
    }


def state(device: Device) -> str:
    """How a device stands."""
    if device.revoked_at is not None:
        return "revoked"
    if now() - device.rotated_at >= TOKEN_LIFE:
        return "lapsed"
    return "active" if device.seen_at else "waiting"


def at_device(by: Actor) -> int:
    """The device that somebody is at, or is."""
    if by.device_id is None:
        raise Forbidden("This is for paired devices.")
    return by.device_id


def taken(session: Session, by: Actor) -> Device:
    """The device that asks."""
    device = session.get_one(Device, at_device(by))
    if device.revoked_at is not None:
        raise Conflict("This device is no longer let in.")
    return device
