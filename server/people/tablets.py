"""Paired devices as they ask for things: known by a token, of which the row keeps the hash."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, NamedTuple

from sqlmodel import Session, col, or_, select

from server.clock import now
from server.models import Device
from server.people.actors import EVERYTHING, Actor, Right, Role
from server.people.sessions import digest

PREFIX: Final = "heard_dev_"
TOKEN_LIFE: Final = timedelta(days=90)
AUDIENCES: Final = {  # what each profile may watch; screens that staff work at: everything
    "board": ("staff", "display", "pickup"),
    "register": ("staff", "display", "pickup"),
    "kitchen": ("display",),
    "merch": ("display",),
    "pickup": ("pickup",),
}
WORKED_AT: Final = frozenset({"board", "register"})
ON_SHOW: Final = frozenset({Right.LOCATIONS_READ})


class Known(NamedTuple):
    """Which device a token is, and when the token is over (seconds since 1970)."""

    actor: Actor
    ends_at: float


def resume_all(session: Session, tokens: Iterable[str], *, by_cookie: bool) -> dict[str, Known]:
    """Which devices these tokens are, leaving out the revoked, by one query for all."""
    shown = {digest(token): token for token in tokens}
    if not shown:
        return {}
    mine = or_(col(Device.token_hash).in_(shown), col(Device.old_token_hash).in_(shown))
    rows = session.exec(select(Device).where(mine, col(Device.revoked_at).is_(None)))
    return {
        shown[kept]: Known(actor(row, by_cookie), (row.rotated_at + TOKEN_LIFE).timestamp())
        for row in rows
        for kept in (row.token_hash, row.old_token_hash)
        if kept in shown and now() - row.rotated_at < TOKEN_LIFE
    }


def actor(device: Device, by_cookie: bool) -> Actor:
    """The device as somebody who asks; what is only on show reads no orders but by its socket."""
    return Actor(
        role=Role.DEVICE,
        organization=device.organization_id,
        name=device.name,
        key=f"device:{device.id}",
        locations=frozenset({device.location_id}),
        device=device.name,
        scopes=EVERYTHING if device.profile in WORKED_AT else ON_SHOW,
        csrf=device.csrf if by_cookie else None,
        device_id=device.id,
        profile=device.profile,
    )


def may_hear(by: Actor, audience: str) -> bool:
    """Whether a channel may be followed so."""
    allowed: Any = AUDIENCES.get(by.profile or "board")
    return audience in allowed
