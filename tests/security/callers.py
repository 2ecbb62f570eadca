"""Every kind of caller, and what their browser or program sends along."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sqlmodel import Session

from server.clock import now
from server.models import Device
from server.people import accounts, keys, sessions
from server.people.actors import EVERYTHING, Right, Role
from server.people.sessions import digest
from tests.cast import Cast, account_of, address, person

HASH: Final = "no password at all"


class Kind(StrEnum):
    """Who asks."""

    NOBODY = "nobody"
    CUSTOMER = "customer"  # shows the link of an order where a key belongs
    BOARD = "device-board"
    REGISTER = "device-register"
    KITCHEN = "device-kitchen"
    MERCH = "device-merch"
    PICKUP = "device-pickup"
    STAFF = "staff"
    MANAGER = "manager"
    NEIGHBOUR = "manager-elsewhere"  # manager of another location
    ADMIN = "admin"
    STRANGER = "admin-of-another"
    READER = "key-read"
    WRITER = "key-write"
    DISABLED = "disabled"
    NEWCOMER = "one-time"


DEVICES: Final = (Kind.BOARD, Kind.REGISTER, Kind.KITCHEN, Kind.MERCH, Kind.PICKUP)
Words = Mapping[str, str]


def everybody(
    session: Session, cast: Cast, words: Words
) -> tuple[dict[str, dict[str, str]], dict[Kind, dict[str, str]]]:
    """Their rows, by whose they are; and what each kind sends."""
    places = {"own": cast.bar, "other": cast.kitchen, "foreign": cast.island}
    rows = {where: belonging(session, cast, place, words[where]) for where, place in places.items()}
    eve = person(session, cast.harbour, "Eve", Role.ADMIN)
    finn = person(session, cast.harbour, "Finn", Role.ADMIN)
    mia = person(session, cast.harbour, "Mia", Role.MANAGER, cast.kitchen)
    people = {
        Kind.STAFF: cast.dan.name,
        Kind.MANAGER: cast.ben.name,
        Kind.NEIGHBOUR: mia.name,
        Kind.ADMIN: cast.ana.name,
        Kind.STRANGER: cast.cora.name,
        Kind.DISABLED: eve.name,
        Kind.NEWCOMER: finn.name,
    }
    sends = {kind: signed_in(session, name) for kind, name in people.items()}
    account_of(session, "Eve").disabled_at = now()
    account_of(session, "Finn").one_time_until = now() + sessions.REMEMBERED
    sends[Kind.NOBODY] = {}
    for kind in DEVICES:
        profile = kind.removeprefix("device-")
        _, sends[kind] = paired(session, cast.harbour, cast.bar, profile, "one of ours")
    sends[Kind.READER] = key(session, cast, Right.ORDERS_READ, Right.LOCATIONS_READ)
    sends[Kind.WRITER] = key(session, cast, *EVERYTHING)
    return rows, sends


def belonging(session: Session, cast: Cast, place: int, word: str) -> dict[str, str]:
    """Somebody who works there, their session, and a tablet on the wall."""
    organization = cast.elsewhere if place == cast.island else cast.harbour
    account = accounts.add(
        session, organization, f"{word}@tests.example", word, Role.STAFF, HASH, [place]
    )
    session.flush()
    opened = sessions.opened(session, account, device=word, proved_at=now())
    tablet, _ = paired(session, organization, place, "board", word)
    return {
        "person": str(account.id),
        "session": str(opened.actor.sign_in),
        "device": str(tablet.id),
    }


def signed_in(session: Session, name: str) -> dict[str, str]:
    """A browser in which somebody has just signed in."""
    opened = sessions.sign_in(session, address(name), device="Firefox")
    return {"Cookie": f"sid={opened.token}", "X-CSRF-Token": opened.actor.csrf or ""}


def paired(
    session: Session, organization: int, place: int, profile: str, word: str
) -> tuple[Device, dict[str, str]]:
    """A tablet with its cookie."""
    token = f"heard_dev_{secrets.token_urlsafe(32)}"
    tablet = Device(
        organization_id=organization,
        location_id=place,
        name=f"{profile} {word}",
        profile=profile,
        token_hash=digest(token),
        csrf=f"csrf of {profile}",
        created_at=now(),
        created_by="account:1",
        rotated_at=now(),
    )
    session.add(tablet)
    session.flush()
    return tablet, {"Cookie": f"dev={token}", "X-CSRF-Token": tablet.csrf}


def key(session: Session, cast: Cast, *scopes: Right) -> dict[str, str]:
    """A machine of the bar."""
    token = keys.create(session, cast.harbour, name="Till", scopes=scopes, locations=[cast.bar])
    return {"Authorization": f"Bearer {token}"}
