"""Letting a device in (RFC 8628): it shows a code, and a person who sees it there approves it."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlmodel import Session, select

from server.clock import now
from server.errors import Invalid
from server.events import Kind
from server.models import Device, Pairing
from server.people.actors import Actor, Right, system
from server.people.sessions import digest
from server.places.devices import announce, held, note, own_place, renewed, shut
from server.places.entry import DeviceForm

LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"  # twenty, without vowels: no code is a word
LENGTH: Final = 8  # 34.6 bits
LIFE: Final = timedelta(minutes=10)
NO_CODE: Final = "No device shows this code. It is good for ten minutes: look again."


@dataclass(frozen=True, slots=True)
class Begun:
    """What a device is told when it asks to be let in."""

    code: str  # for people
    device_code: str  # for the device alone


@dataclass(frozen=True, slots=True)
class Polled:
    """What a device that waits is told."""

    state: str  # pending, slow_down, expired, paired
    seconds: int = 0
    token: str | None = None


def begin(session: Session, described: str, address: str) -> Begun:
    """A device asks to be let in: the code that it shows, and the secret that it keeps."""
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    begun, at = Begun(code, secrets.token_urlsafe(32)), now()
    session.add(
        Pairing(
            code_hash=digest(begun.code),
            device_code_hash=digest(begun.device_code),
            described=described,
            address=address,
            created_at=at,
            expires_at=at + LIFE,
        )
    )
    return begun


def poll(session: Session, device_code: str) -> Polled:
    """Whether somebody has approved it; whoever asks too often is told to ask more seldom."""
    known = select(Pairing).where(Pairing.device_code_hash == digest(device_code))
    row, at = session.exec(known.with_for_update()).first(), now()
    if row is None or row.taken_at is not None or row.expires_at <= at:
        return Polled("expired")
    hasty = row.polled_at is not None and at - row.polled_at < timedelta(seconds=row.poll_seconds)
    row.polled_at = at
    if hasty:
        row.poll_seconds += 5
        return Polled("slow_down", row.poll_seconds)
    if row.device_id is None:
        return Polled("pending", row.poll_seconds)
    row.taken_at = at
    device = session.get_one(Device, row.device_id)
    token = renewed(device)
    device.old_token_hash = None
    announce(session, Kind.DEVICE_CHANGED, device, system(device.organization_id))
    return Polled("paired", token=token)


def waiting(session: Session, device_code: str) -> bool:
    """Whether a device's request still stands."""
    known = select(Pairing).where(Pairing.device_code_hash == digest(device_code))
    row = session.exec(known).first()
    return row is not None and row.taken_at is None and row.expires_at > now()


def found(session: Session, code: str, *, by: Actor) -> dict[str, Any]:
    """What the device that shows this code says it is, for whoever is asked to let it in."""
    row = asking(session, code, by)
    return {
        "described": row.described,
        "address": row.address,
        "asked_at": row.created_at.isoformat(timespec="seconds"),
        "expires_at": row.expires_at.isoformat(timespec="seconds"),
    }


def approve(session: Session, form: DeviceForm, *, by: Actor) -> dict[str, Any]:
    """Let a device in, at one place and for one use."""
    row = asking(session, form.code, by)
    place = own_place(session, form.location, by)
    at = now()
    device = Device(
        organization_id=by.organization,
        location_id=place.id or 0,
        name=form.name,
        profile=form.profile,
        token_hash=digest(secrets.token_urlsafe(32)),  # of a token that nobody has
        csrf=secrets.token_urlsafe(24),
        created_at=at,
        created_by=by.name,
        rotated_at=at,
    )
    session.add(device)
    session.flush()
    row.device_id = device.id
    note(session, "device.paired", device, by, {"profile": device.profile, "what": row.described})
    return announce(session, Kind.DEVICE_PAIRED, device, by)


def pair_again(
    session: Session, device_id: int, code: str, *, by: Actor, match: int | None = None
) -> dict[str, Any]:
    """Give a device's name and place to the tablet that shows this code; its old token is void."""
    device, row = held(session, device_id, by, match), asking(session, code, by)
    device.token_hash, device.old_token_hash = digest(secrets.token_urlsafe(32)), None
    device.revoked_at, device.rotated_at = None, now()
    row.device_id = device.id
    shut(session, device)
    note(session, "device.paired", device, by, {"again": True, "what": row.described})
    return announce(session, Kind.DEVICE_PAIRED, device, by)


def asking(session: Session, code: str, by: Actor) -> Pairing:
    """The request of the device that shows this code, to be answered by one person."""
    by.require(Right.DEVICES_WRITE)
    letters = "".join(letter for letter in code.upper() if letter.isalpha())
    known = select(Pairing).where(Pairing.code_hash == digest(letters)).with_for_update()
    row = session.exec(known).first()
    if row is None or row.device_id is not None or row.expires_at <= now():
        raise Invalid(NO_CODE, field="code")
    return row
