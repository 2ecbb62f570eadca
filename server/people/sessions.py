"""Sign-ins of browsers: rows that can be ended, found by the hash of a secret in the cookie."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, Select, update
from sqlalchemy import select as columns
from sqlmodel import Session, col

from server.clock import now
from server.models import Account, SignIn
from server.people import accounts
from server.people.actors import Actor

IDLE: Final = timedelta(hours=8)
ABSOLUTE: Final = timedelta(hours=24)
TOUCH: Final = timedelta(minutes=1)  # `used_at` is written at most this often

OPEN: Final[Select[*tuple[Any, ...]]] = (
    columns(
        col(Account.id),
        col(Account.organization_id),
        col(Account.role),
        col(Account.name),
        col(SignIn.id).label("sign_in"),
        col(SignIn.token_hash),
        col(SignIn.csrf),
        col(SignIn.device),
        col(SignIn.created_at),
        col(SignIn.used_at),
        col(SignIn.ended_at),
    )
    .join(Account, col(Account.id) == col(SignIn.account_id))
    .where(col(Account.disabled_at).is_(None), col(SignIn.ended_at).is_(None))
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A new sign-in: the secret for the cookie, and who it is."""

    token: str
    actor: Actor


class Resumed(NamedTuple):
    """Whose session a cookie is, and when it is over whatever happens (seconds since 1970)."""

    actor: Actor
    ends_at: float


def password_hash(session: Session, email: str) -> str | None:
    """The hash to check a password against, if the account exists and is not disabled."""
    account = accounts.by_email(session, email)
    return account.password_hash if account and account.disabled_at is None else None


def sign_in(session: Session, email: str, *, device: str) -> Opened:
    """Open a session for an account whose password has just been checked."""
    account = accounts.by_email(session, email)
    assert account is not None, "the password was checked against this account"
    token, at = secrets.token_urlsafe(32), now()
    row = SignIn(
        account_id=account.id or 0,
        token_hash=digest(token),
        csrf=secrets.token_urlsafe(24),
        device=device[:120],
        created_at=at,
        used_at=at,
    )
    session.add(row)
    session.flush()
    return Opened(token, person(session, account, row))


def resume(session: Session, token: str) -> Actor | None:
    """Whose session a cookie is, unless it has ended, idled or grown too old."""
    found = resume_all(session, [token]).get(token)
    return found.actor if found else None


def resume_all(session: Session, tokens: Iterable[str]) -> dict[str, Resumed]:
    """Whose sessions cookies are, leaving out those that have ended, by two queries for all."""
    shown = {digest(token): token for token in tokens}
    if not shown:
        return {}
    rows = session.execute(OPEN.where(col(SignIn.token_hash).in_(shown))).all()
    at = now()
    found = [row for row in rows if alive(row, at)]
    places = accounts.locations_of_all(session, found)
    return {
        shown[row.token_hash]: Resumed(
            replace(
                accounts.known_as(row, places[row.id], device=row.device),
                sign_in=row.sign_in,
                csrf=row.csrf,
            ),
            (row.created_at + ABSOLUTE).timestamp(),
        )
        for row in found
    }


def touch(session: Session, sign_ins: Sequence[int]) -> None:
    """Keep sessions alive: somebody used them."""
    at = now()
    used = (col(SignIn.id).in_(sign_ins)) & (col(SignIn.used_at) < at - TOUCH)
    alive_ones = used & col(SignIn.ended_at).is_(None)
    session.execute(update(SignIn).where(alive_ones).values(used_at=at))


def sign_out(session: Session, sign_in_id: int) -> None:
    """End a session; a copied cookie is worth nothing from now on."""
    row = session.get(SignIn, sign_in_id)
    if row and row.ended_at is None:
        row.ended_at = now()
        accounts.rights_changed(session, row.account_id)


def alive(row: SignIn | Row[Any], at: datetime) -> bool:
    """Whether a session may still be used."""
    return row.ended_at is None and at - row.used_at < IDLE and at - row.created_at < ABSOLUTE


def person(session: Session, account: Account, row: SignIn) -> Actor:
    """The account as somebody who asks by this session."""
    actor = accounts.actor(session, account, device=row.device)
    return replace(actor, sign_in=row.id, csrf=row.csrf)


def digest(token: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(token.encode()).hexdigest()
