"""API keys: `heard_…`, shown once, kept as a hash."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Final

from sqlmodel import Session, col, select

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
    return bearers(session, [token]).get(token)


def bearers(session: Session, tokens: Iterable[str]) -> dict[str, Actor]:
    """Whose keys these are, leaving out the revoked, by two queries for all."""
    shown = {digest(token): token for token in tokens}
    if not shown:
        return {}
    valid = select(ApiKey).where(
        col(ApiKey.token_hash).in_(shown), col(ApiKey.revoked_at).is_(None)
    )
    rows = session.exec(valid).all()
    places = locations_of(session, [row.id for row in rows])
    return {
        shown[row.token_hash]: Actor(
            role=Role.INTEGRATION,
            organization=row.organization_id,
            name=row.name,
            key=f"key:{row.id}",
            locations=frozenset(places.get(row.id, ())) or None,
            scopes=frozenset(Right(scope) for scope in row.scopes),
        )
        for row in rows
    }


def locations_of(session: Session, key_ids: Sequence[int | None]) -> dict[int | None, set[int]]:
    """The locations that keys are limited to."""
    found: dict[int | None, set[int]] = {}
    own = select(ApiKeyLocation.api_key_id, ApiKeyLocation.location_id)
    for key, location in session.exec(own.where(col(ApiKeyLocation.api_key_id).in_(key_ids))):
        found.setdefault(key, set()).add(location)
    return found


def revoke(session: Session, key_id: int) -> None:
    """Make a key worthless."""
    row = session.get_one(ApiKey, key_id)
    row.revoked_at = now()
    accounts.organization_changed(session, row.organization_id)


def create_first(session: Session, *, name: str) -> str:
    """A key with every scope for the first organization."""
    return create(session, accounts.first_organization(session), name=name)
