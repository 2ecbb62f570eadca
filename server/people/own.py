"""What people change about their own way in: password, PIN, sessions."""

from typing import Any

from sqlmodel import Session, col, select

from server.clock import now
from server.errors import Conflict, Forbidden, Invalid, NotFound
from server.models import Account, SignIn
from server.people import accounts, changelog, sessions
from server.people.actors import Actor


def account_of(session: Session, by: Actor) -> Account:
    """The account of whoever asks, who has to be a person who has signed in."""
    account = accounts.by_key(session, by.key)
    if account is None or by.sign_in is None:
        raise Forbidden("This takes a person who has signed in.")
    return account


def password_hash(session: Session, *, by: Actor) -> str:
    """What a password that they give is checked against."""
    return account_of(session, by).password_hash


def prove(session: Session, right: bool, *, by: Actor) -> None:
    """They have given their password once more."""
    account_of(session, by)
    if not right:
        raise Invalid("That is not your password.", field="password")
    assert by.sign_in is not None
    sessions.prove(session, by.sign_in)


def change_password(session: Session, right: bool, chosen: str, *, by: Actor) -> None:
    """Another password; every other session of theirs ends."""
    account = account_of(session, by)
    session.refresh(account, with_for_update=True)
    if not right:
        raise Invalid("That is not your password.", field="current")
    accounts.set_password(session, account, chosen)
    sessions.end_all(session, account, but=by.sign_in)
    assert by.sign_in is not None
    sessions.prove(session, by.sign_in)
    changelog.note(session, "person.password", account.name, by=by)


def replace_one_time(session: Session, chosen: str, *, by: Actor) -> sessions.Opened:
    """A password in place of a one-time one, and a session that may do everything; once."""
    account = account_of(session, by)
    session.refresh(account, with_for_update=True)
    if account.one_time_until is None:
        raise Conflict("You have a password already.")
    accounts.set_password(session, account, chosen)
    sessions.end_all(session, account)
    changelog.note(session, "person.password", account.name, by=by)
    return sessions.opened(session, account, device=by.device or "", proved_at=now())


def set_pin(session: Session, pin_hash: str | None, *, by: Actor) -> None:
    """Another PIN, or none."""
    account = account_of(session, by)
    sessions.require_proof(session, by)
    account.pin_hash = pin_hash
    account.version += 1
    kind = "person.pin_set" if pin_hash else "person.pin_cleared"
    changelog.note(session, kind, account.name, by=by)


def sessions_of(session: Session, *, by: Actor) -> list[dict[str, Any]]:
    """Where they are signed in, the latest first."""
    account = account_of(session, by)
    mine = (col(SignIn.account_id) == account.id) & col(SignIn.ended_at).is_(None)
    rows = session.exec(select(SignIn).where(mine).order_by(col(SignIn.used_at).desc()))
    at = now()
    return [shown(row, by) for row in rows if sessions.alive(row, at)]


def shown(row: SignIn, by: Actor) -> dict[str, Any]:
    """A session as it is listed."""
    return {
        "id": row.id,
        "device": row.device,
        "since": row.created_at.isoformat(timespec="seconds"),
        "used_at": row.used_at.isoformat(timespec="seconds"),
        "here": row.id == by.sign_in,
    }


def end_session(session: Session, sign_in_id: int, *, by: Actor) -> None:
    """Sign out somewhere else."""
    account = account_of(session, by)
    row = session.get(SignIn, sign_in_id)
    if row is None or row.account_id != account.id:
        raise NotFound("There is no such session.")
    sessions.sign_out(session, sign_in_id)


def end_others(session: Session, *, by: Actor) -> None:
    """Sign out everywhere else."""
    sessions.end_all(session, account_of(session, by), but=by.sign_in)
