"""Sign-ins of browsers: rows that can be ended, found by the hash of a secret in the cookie."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import update
from sqlmodel import Session, col, select

from server.clock import now
from server.models import Account, SignIn
from server.people import accounts
from server.people.actors import Actor

IDLE: Final = timedelta(hours=8)
ABSOLUTE: Final = timedelta(hours=24)
TOUCH: Final = timedelta(minutes=1)  # `used_at` is written at most this often


@dataclass(frozen=True, slots=True)
class Opened:
    """A new sign-in: the secret for the cookie, and who it is."""

    token: str
    actor: Actor


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
    same = select(SignIn).where(SignIn.token_hash == digest(token))
    row = session.exec(same).first()
    if row is None or not alive(row, now()):
        return None
    account = session.get_one(Account, row.account_id)
    return person(session, account, row) if account.disabled_at is None else None


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


def alive(row: SignIn, at: datetime) -> bool:
    """Whether a session may still be used."""
    return row.ended_at is None and at - row.used_at < IDLE and at - row.created_at < ABSOLUTE


def person(session: Session, account: Account, row: SignIn) -> Actor:
    """The account as somebody who asks by this session."""
    actor = accounts.actor(session, account, device=row.device)
    return replace(actor, sign_in=row.id, csrf=row.csrf)


def digest(token: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(token.encode()).hexdigest()
