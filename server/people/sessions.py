"""Sign-ins of browsers: rows that can be ended, found by the hash of a secret in the cookie."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, Select, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from server.clock import now
from server.errors import Reauthenticate, SignedOut
from server.models import Account, Device, SignIn
from server.people import accounts
from server.people.actors import Actor

REMEMBERED: Final = timedelta(days=90)  # that a person signed in with this browser
IDLE: Final = timedelta(hours=8)
IDLE_AT_DEVICE: Final = timedelta(minutes=15)  # the tablet locks sooner by itself
ABSOLUTE: Final = timedelta(hours=24)
PROVEN_FOR: Final = timedelta(hours=1)
TOUCH: Final = timedelta(minutes=1)  # `used_at` is written at most this often
AT_ONCE: Final = 50  # sign-ins of one person; one more ends the oldest
CHANGED: Final = "That password is no longer yours to sign in with. Try again."

OPEN: Final[Select[*tuple[Any, ...]]] = (
    columns(
        col(Account.id),
        col(Account.organization_id),
        col(Account.role),
        col(Account.name),
        col(Account.one_time_until),
        col(SignIn.id).label("sign_in"),
        col(SignIn.token_hash),
        col(SignIn.csrf),
        col(SignIn.device),
        col(SignIn.device_id),
        col(SignIn.created_at),
        col(SignIn.used_at),
        col(SignIn.ended_at),
    )
    .join(Account, col(Account.id) == col(SignIn.account_id))
    .join(Device, col(Device.id) == col(SignIn.device_id), isouter=True)
    .where(
        col(Account.disabled_at).is_(None),
        col(SignIn.ended_at).is_(None),
        col(Device.revoked_at).is_(None),
    )
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


class WayIn(NamedTuple):
    """What a sign-in is judged by: the password's hash, and whether it was to be used by now."""

    account: int
    password_hash: str | None
    until: datetime | None

    @property
    def ran_out(self) -> bool:
        """Whether it is a one-time password that nobody used in its week."""
        return self.until is not None and self.until <= now()


def way_in(session: Session, email: str) -> WayIn:
    """How the person of an address would come in, if there is one and they are not shut out."""
    account = accounts.by_email(session, email)
    if account is None or account.disabled_at is not None:
        return WayIn(0, None, None)
    return WayIn(account.id or 0, account.password_hash, account.one_time_until)


def sign_in(
    session: Session,
    email: str,
    *,
    device: str,
    checked: str | None = None,
    device_id: int | None = None,
) -> Opened:
    """Open a session for an account whose password has just been checked against `checked`.

    A one-time password is used up by it: of several that try at once one gets in.
    """
    account = accounts.by_email(session, email)
    assert account is not None, "the password was checked against this account"
    session.refresh(account, with_for_update=True)
    if account.disabled_at or checked not in (None, account.password_hash):
        raise SignedOut(CHANGED)
    if account.one_time_until is not None:
        account.password_hash = accounts.NO_PASSWORD
    shared = session.get(Device, device_id) if device_id else None
    if shared is None or shared.organization_id != account.organization_id:
        return opened(session, account, device=device, proved_at=now())
    return opened(session, account, device=shared.name, proved_at=now(), device_id=shared.id)


def opened(
    session: Session,
    account: Account,
    *,
    device: str,
    proved_at: datetime | None,
    device_id: int | None = None,
) -> Opened:
    """A new session of an account; so many at once, and no more."""
    token, at = secrets.token_urlsafe(32), now()
    row = SignIn(
        account_id=account.id or 0,
        token_hash=digest(token),
        csrf=secrets.token_urlsafe(24),
        device=device[:120],
        device_id=device_id,
        created_at=at,
        used_at=at,
        proved_at=proved_at,
    )
    account.seen_at = at
    session.add(row)
    session.flush()
    end_oldest(session, account)
    return Opened(token, person(session, account, row))


def end_oldest(session: Session, account: Account) -> None:
    """End the sign-ins beyond the last so many."""
    mine = (col(SignIn.account_id) == account.id) & col(SignIn.ended_at).is_(None)
    newest_first = select(SignIn.id).where(mine).order_by(col(SignIn.id).desc())
    beyond = session.exec(newest_first.offset(AT_ONCE)).all()
    if beyond:
        session.execute(update(SignIn).where(col(SignIn.id).in_(beyond)).values(ended_at=now()))
        accounts.organization_changed(session, account.organization_id)


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
                device_id=row.device_id,
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


def prove(session: Session, sign_in_id: int) -> None:
    """The person of this session has just given their password again."""
    session.get_one(SignIn, sign_in_id).proved_at = now()


def require_proof(session: Session, by: Actor) -> None:
    """Refuse a person who has not given their password within the hour."""
    row = session.get(SignIn, by.sign_in or 0)
    if row is None or row.proved_at is None or now() - row.proved_at > PROVEN_FOR:
        raise Reauthenticate("Give your password once more to do this.")


def sign_out(session: Session, sign_in_id: int) -> None:
    """End a session; a copied cookie is worth nothing from now on."""
    row = session.get(SignIn, sign_in_id)
    if row and row.ended_at is None:
        row.ended_at = now()
        accounts.rights_changed(session, row.account_id)


def end_all(session: Session, account: Account, *, but: int | None = None) -> None:
    """End every session of a person, or every other one."""
    mine = (col(SignIn.account_id) == account.id) & col(SignIn.ended_at).is_(None)
    others = mine if but is None else mine & (col(SignIn.id) != but)
    session.execute(update(SignIn).where(others).values(ended_at=now()))
    accounts.organization_changed(session, account.organization_id)


def alive(row: SignIn | Row[Any], at: datetime) -> bool:
    """Whether a session may still be used."""
    idle = IDLE if row.device_id is None else IDLE_AT_DEVICE
    return row.ended_at is None and at - row.used_at < idle and at - row.created_at < ABSOLUTE


def person(session: Session, account: Account, row: SignIn) -> Actor:
    """The account as somebody who asks by this session."""
    actor = accounts.actor(session, account, device=row.device)
    return replace(actor, sign_in=row.id, csrf=row.csrf, device_id=row.device_id)


def digest(token: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(token.encode()).hexdigest()
