"""API keys: `heard_…`, shown once, kept as a hash."""

import secrets
from collections.abc import Sequence
from typing import Final

from sqlmodel import Session, select

from server.clock import now
from server.models import ApiKey, ApiKeyLocation
from server.people import accounts
from server.people.actors import EVERYTHING, Actor, Right, Role
from server.people.sessions import digest

PREFIX: Final = "heard_"


def create(
    session: Session,
    organization_id: int,
    *,
    name: str,
    scopes: Sequence[Right] = tuple(EVERYTHING),
    locations: Sequence[int] = (),
) -> str:
    """Make a key and return it; it cannot be shown again. No locations named: all of them."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiKey(
        organization_id=organization_id,
        name=name,
        token_hash=digest(token),
        scopes=sorted(scope.value for scope in scopes),
        created_at=now(),
    )
    session.add(row)
    session.flush()
    for location_id in accounts.checked(session, organization_id, locations):
        session.add(ApiKeyLocation(api_key_id=row.id or 0, location_id=location_id))
    return token


def bearer(session: Session, token: str) -> Actor | None:
    """Whose key that is, unless it is revoked."""
    same = select(ApiKey).where(ApiKey.token_hash == digest(token))
    row = session.exec(same).first()
    if row is None or row.revoked_at is not None:
        return None
    own = select(ApiKeyLocation.location_id).where(ApiKeyLocation.api_key_id == row.id)
    return Actor(
        role=Role.INTEGRATION,
        organization=row.organization_id,
        name=row.name,
        key=f"key:{row.id}",
        locations=frozenset(session.exec(own)) or None,
        scopes=frozenset(Right(scope) for scope in row.scopes),
    )


def revoke(session: Session, key_id: int) -> None:
    """Make a key worthless."""
    row = session.get_one(ApiKey, key_id)
    row.revoked_at = now()
    accounts.organization_changed(session, row.organization_id)


def create_first(session: Session, *, name: str) -> str:
    """A key with every scope for the first organization."""
    return create(session, accounts.first_organization(session), name=name)
