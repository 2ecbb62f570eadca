"""What is over: events, answers, mails, sign-ins and workers. In batches, lest anybody waits."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import CursorResult, Delete, delete, func, tuple_, update
from sqlmodel import Session, col, select

from server.clock import now
from server.messaging.outbox import State
from server.models import (
    Account,
    Attempt,
    Channel,
    Event,
    Message,
    Pairing,
    PasswordReset,
    Position,
    SignIn,
    StoredAnswer,
    Worker,
)
from server.people import accounts, limits
from server.people.sessions import ABSOLUTE, IDLE, IDLE_AT_DEVICE

BATCH: Final = 500
EVENTS_KEPT: Final = timedelta(days=14)
MAILS_KEPT: Final = EVENTS_KEPT  # they say what the events' cards said
ANSWERS_KEPT: Final = timedelta(days=7)
SIGN_INS_KEPT: Final = timedelta(days=7)
WORKERS_KEPT: Final = timedelta(days=1)
DOORSTEP_KEPT: Final = timedelta(days=1)
DONE_WITH: Final = (State.SENT, State.KEPT, State.SKIPPED)


def tidy(session: Session) -> int:
    """Clear away a batch of everything that is over; how many rows there were."""
    at = now()
    over = (answers(session, at), mails(session, at), workers(session, at), sign_ins(session, at))
    return sum(over) + doorstep(session, at) + end_sign_ins(session, at)


def answers(session: Session, at: datetime) -> int:
    """Answers to requests that nobody repeats any more."""
    key = tuple_(col(StoredAnswer.caller), col(StoredAnswer.key))
    old = select(StoredAnswer.caller, StoredAnswer.key).where(StoredAnswer.at < at - ANSWERS_KEPT)
    return deleted(session, delete(StoredAnswer).where(key.in_(old.limit(BATCH))))


def mails(session: Session, at: datetime) -> int:
    """Mails that went out long ago."""
    old = select(Message.id).where(
        col(Message.state).in_(DONE_WITH), Message.not_before < at - MAILS_KEPT
    )
    return deleted(session, delete(Message).where(col(Message.id).in_(old.limit(BATCH))))


def workers(session: Session, at: datetime) -> int:
    """Workers that are no more."""
    return deleted(session, delete(Worker).where(col(Worker.seen_at) < at - WORKERS_KEPT))


def sign_ins(session: Session, at: datetime) -> int:
    """Sign-ins that ended long ago."""
    old = select(SignIn.id).where(col(SignIn.ended_at) < at - SIGN_INS_KEPT).limit(BATCH)
    return deleted(session, delete(SignIn).where(col(SignIn.id).in_(old)))


def doorstep(session: Session, at: datetime) -> int:
    """Wrong tries, and links and codes that open nothing any more."""
    tries = select(Attempt.id).where(Attempt.at < at - limits.KEPT).limit(BATCH)
    links = select(PasswordReset.id).where(PasswordReset.expires_at < at - DOORSTEP_KEPT)
    codes = select(Pairing.id).where(Pairing.expires_at < at - DOORSTEP_KEPT)
    return (
        deleted(session, delete(Attempt).where(col(Attempt.id).in_(tries)))
        + deleted(
            session, delete(PasswordReset).where(col(PasswordReset.id).in_(links.limit(BATCH)))
        )
        + deleted(session, delete(Pairing).where(col(Pairing.id).in_(codes.limit(BATCH))))
    )


def end_sign_ins(session: Session, at: datetime) -> int:
    """End sign-ins that have idled or lasted too long; their open boards are closed."""
    left = col(SignIn.device_id).is_not(None) & (SignIn.used_at < at - IDLE_AT_DEVICE)
    over = left | (SignIn.used_at < at - IDLE) | (SignIn.created_at < at - ABSOLUTE)
    open_still = select(SignIn).where(col(SignIn.ended_at).is_(None), over).limit(BATCH)
    ended = session.exec(open_still.with_for_update(skip_locked=True)).all()
    for row in ended:
        row.ended_at = at
    whose = select(Account.organization_id).where(
        col(Account.id).in_({row.account_id for row in ended})
    )
    for organization in session.exec(whose.distinct()) if ended else ():
        accounts.organization_changed(session, organization)
    return len(ended)


def outgrown(session: Session) -> list[str]:
    """The channels whose oldest event is to be forgotten."""
    oldest = (col(Event.channel) == col(Channel.name)) & (col(Event.offset) == Channel.floor + 1)
    old = select(Channel.name).join(Event, oldest).where(Event.at < now() - EVENTS_KEPT)
    return list(session.exec(old.limit(BATCH)))


def forget(session: Session, channel: str) -> int:
    """Forget a batch of a channel's oldest events, but none that is still to be reacted to."""
    floor = session.exec(select(Channel.floor).where(Channel.name == channel)).one()
    read = select(func.min(Position.offset)).where(Position.channel == channel)
    until = min(floor + BATCH, session.exec(read).one() or 0)
    old = (col(Event.channel) == channel) & col(Event.offset).between(floor + 1, until)
    before = select(func.max(Event.offset)).where(old, Event.at < now() - EVENTS_KEPT)
    risen = session.scalars(before).one_or_none()
    if risen is None:
        return 0
    gone = deleted(session, delete(Event).where(old, col(Event.offset) <= risen))
    raised = update(Channel).where(col(Channel.name) == channel, col(Channel.floor) < risen)
    session.connection().execute(raised.values(floor=risen))
    return gone


def deleted(session: Session, rows: Delete) -> int:
    """Delete them; how many there were."""
    done: CursorResult[object] = session.connection().execute(rows)
    return done.rowcount
