"""A forgotten password: a mail with a link that opens once, and the password it sets."""

import secrets
from datetime import timedelta
from typing import Final

from sqlmodel import Session, select

from server.clock import now
from server.errors import Invalid
from server.messaging import invitations
from server.messaging.invitations import Office
from server.models import Account, PasswordReset
from server.people import accounts, changelog, limits, sessions
from server.people.limits import Gate

LIFE: Final = timedelta(hours=1)
PER_HOUR: Final = 3  # mails to one person
SPENT: Final = "This link has been used, or is older than an hour. Ask for a new one."


def ask(session: Session, email: str, address: str, office: Office) -> int:
    """Mail a link to whoever has an account; how many seconds to wait first (0: it is done).

    Nobody learns from it who has one.
    """
    asking = Gate(
        f"forgot:{limits.home(address)}", 20, limits.QUARTER, longest=timedelta(minutes=2)
    )
    wait, _ = limits.admit(session, [asking])
    if wait:
        return wait
    mail = Gate(f"forgot:{limits.mailbox(email)}", PER_HOUR, LIFE, LIFE, LIFE)
    full, _ = limits.admit(session, [mail])
    account = accounts.by_email(session, email)
    if account and account.disabled_at is None and not full:
        invitations.reset(session, account, begin(session, account), office)
    return 0


def begin(session: Session, account: Account) -> str:
    """A new link's secret."""
    token, at = secrets.token_urlsafe(32), now()
    session.add(
        PasswordReset(
            account_id=account.id or 0,
            token_hash=sessions.digest(token),
            created_at=at,
            expires_at=at + LIFE,
        )
    )
    return token


def valid(session: Session, token: str) -> bool:
    """Whether a link still opens anything."""
    return found(session, token) is not None


def found(session: Session, token: str) -> PasswordReset | None:
    """The link, unless it is spent or its person shut out."""
    known = select(PasswordReset).where(PasswordReset.token_hash == sessions.digest(token))
    row = session.exec(known).first()
    if row is None or row.used_at is not None or row.expires_at <= now():
        return None
    return row if session.get_one(Account, row.account_id).disabled_at is None else None


def set_password(session: Session, token: str, password_hash: str) -> None:
    """Set the password by a link, once; everybody signed in as this person is signed out."""
    row = found(session, token)
    if row:
        session.get_one(Account, row.account_id, with_for_update=True)
        session.refresh(row, with_for_update=True)
    if row is None or row.used_at is not None:
        raise Invalid(SPENT, field="token")
    account = session.get_one(Account, row.account_id)
    row.used_at = now()
    accounts.set_password(session, account, password_hash)
    sessions.end_all(session, account)
    own = accounts.actor(session, account)
    changelog.note(session, "person.password", account.name, by=own, detail={"by": "link"})
