"""Mails to the people who work here: the way in, the way back in, and who asks for one."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from babel.dates import format_date
from sqlmodel import Session

from server.clock import now
from server.messaging import outbox
from server.messaging.confirmations import letter
from server.messaging.letters import domain
from server.messaging.outbox import ASKED, INVITATION, RESET
from server.messaging.wording import plain
from server.models import Account, Message, Organization
from server.money import parsed

WHY: Final = "You get this mail because somebody gave this address at {name}."


@dataclass(frozen=True, slots=True)
class Office:
    """Where mails lead to, and who signs them."""

    url: str
    sender: str  # our MAIL_FROM


def invite(session: Session, account: Account, password: str, inviter: str, office: Office) -> None:
    """You may come in, with this one-time password."""
    house = session.get_one(Organization, account.organization_id)
    assert account.one_time_until is not None
    until = str(format_date(account.one_time_until.date(), "long", locale=parsed(house.locale)))
    parts = [
        [f"{plain(inviter)} has invited you to {plain(house.name)} as {account.role}."],
        [f"Sign in at {office.url}/login", f"E-mail: {account.email}", f"Password: {password}"],
        [f"The password works once, until {until}. You then choose one of your own."],
        [WHY.format(name=plain(house.name))],
    ]
    outbox.replace(session, INVITATION, account.email)
    write(session, account, INVITATION, f"Your way in to {plain(house.name, 80)}", parts, office)


def reset(session: Session, account: Account, token: str, office: Office) -> None:
    """Set a new password by this link."""
    parts = [
        [f"Somebody, hopefully you, asked for a new password for {account.email}."],
        [f"{office.url}/reset/{token}"],
        ["The link works once, within an hour. If it was not you, do nothing: all stays as it is."],
    ]
    outbox.replace(session, RESET, account.email)
    write(session, account, RESET, "Set a new password", parts, office)


def asked(session: Session, admin: Account, person: Account, office: Office) -> None:
    """Somebody whose invitation has run out asks for a new one."""
    who = f"{plain(person.name)} ({person.email})"
    parts = [
        [f"The invitation of {who} has run out, and they ask for a new one."],
        [f"One press sends it: {office.url}/people"],
    ]
    subject = f"{plain(person.name, 80)} asks for a new invitation"
    write(session, admin, ASKED, subject, parts, office)


def write(
    session: Session,
    account: Account,
    kind: str,
    subject: str,
    parts: list[list[str]],
    office: Office,
    at: datetime | None = None,
) -> None:
    """The mail as a row; the sweep sends it."""
    at = at or now()
    session.add(
        Message(
            organization_id=account.organization_id,
            kind=kind,
            recipient=account.email,
            subject=subject,
            text=letter(parts),
            message_id=f"<{secrets.token_hex(16)}@{domain(office.sender)}>",
            created_at=at,
            not_before=at,
        )
    )
