"""The mails that are to go out, as rows: every step of one is a committed change of its state.

queued ── leased ── sending ── sent
  │          │         ├────── unknown   it may have arrived: never sent again by itself
  │          │         └────── queued    the server said that it has not taken it
  │          ├── queued                  certainly not sent: later once more
  │          ├── failed                  refused for good, or tried for hours
  │          └── kept                    no mail server is set: the development outbox
  └── skipped                            the move it tells of was taken back
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Update, case, func, update
from sqlmodel import Session, col, select

from server.clock import now
from server.messaging.letters import Letter
from server.models import Message, Order
from server.people.actors import Actor, Right

CONFIRMATION: Final = "order.confirmation"
CANCELLATION: Final = "order.cancellation"
LINK: Final = "order.link"
INVITATION: Final = "person.invitation"
RESET: Final = "person.reset"
ASKED: Final = "person.asked"
SECRET: Final = (INVITATION, RESET)
BLANKED: Final = "What it said is not kept: it held a way in."
LISTED: Final = 200
LAPSED: Final = "It was being handed to the mail server when Heard stopped: it may have arrived."
TAKEN_BACK: Final = "The move it tells of was taken back."
REPLACED: Final = "A newer one was written instead."


class State(StrEnum):
    """Where a mail stands."""

    QUEUED = "queued"
    LEASED = "leased"
    SENDING = "sending"
    SENT = "sent"
    KEPT = "kept"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a mail may be in one worker's hands, and how patiently it is tried again."""

    lease: timedelta = timedelta(seconds=30)  # up to the last step before the mail itself
    handing: timedelta = timedelta(seconds=60)  # from there to the server's answer
    first_pause: timedelta = timedelta(seconds=5)
    longest_pause: timedelta = timedelta(minutes=15)
    tries: int = 24  # with these pauses: about five hours


@dataclass(frozen=True, slots=True)
class Held:
    """A mail in one worker's hands; `fence` is the number of its lease."""

    id: int
    fence: int
    attempts: int
    letter: Letter


def due(session: Session, limit: int) -> Sequence[int]:
    """The mails whose time has come, the oldest first."""
    waiting = select(Message.id).where(ripe(session))
    ordered = waiting.order_by(col(Message.not_before), col(Message.id)).limit(limit)
    return [found for found in session.exec(ordered) if found is not None]


def lease(session: Session, message_id: int, sender: str, terms: Terms) -> Held | None:
    """Take a mail in hand; None if it is not due, somebody else's, or no longer true."""
    this = update(Message).where(col(Message.id) == message_id, ripe(session))
    taken = this.values(
        state=State.LEASED,
        fence=Message.fence + 1,
        attempts=Message.attempts + 1,
        lease_until=clock(session, terms.lease),
    ).returning(Message)
    row = session.scalars(taken, execution_options={"synchronize_session": False}).one_or_none()
    if row is None:
        return None
    if taken_back(session, row):
        row.state, row.reason, row.settled_at = State.SKIPPED, TAKEN_BACK, now()
        return None
    letter = Letter(
        sender, row.recipient, row.subject, row.text, row.message_id, row.created_at, row.code
    )
    return Held(message_id, row.fence, row.attempts, letter)


def start(session: Session, held: Held, terms: Terms) -> bool:
    """Write down that the mail itself goes out now; False if it has left our hands."""
    begun = still(held, State.LEASED).values(
        state=State.SENDING, lease_until=clock(session, terms.handing)
    )
    return changed(session, begun) == 1


def settle(session: Session, held: Held, state: State, reason: str | None = None) -> bool:
    """Write down how it ended. Who knows better may still correct `unknown`."""
    ended = still(held, State.LEASED, State.SENDING, State.UNKNOWN).values(
        state=state,
        reason=reason,
        lease_until=None,
        settled_at=now(),
        text=Message.text if state is State.KEPT else discreet(),
    )
    return changed(session, ended) == 1


def put_back(session: Session, held: Held, reason: str, terms: Terms) -> bool:
    """It was certainly not sent: try again later, but not for ever."""
    if held.attempts >= terms.tries:
        return settle(
            session, held, State.FAILED, f"Given up after {held.attempts} tries. {reason}"
        )
    back = still(held, State.LEASED, State.SENDING, State.UNKNOWN).values(
        state=State.QUEUED,
        reason=reason,
        lease_until=None,
        not_before=clock(session, pause(held.attempts, terms)),
    )
    return changed(session, back) == 1


def withdraw(session: Session, order_id: str) -> int:
    """The order's last move was undone: what the customer was to be told of it is not sent."""
    session.flush()
    untold = col(Message.state).in_([State.QUEUED, State.LEASED])
    stopped = update(Message).where(
        col(Message.order_id) == order_id, col(Message.kind) == CANCELLATION, untold
    )
    return changed(
        session, stopped.values(state=State.SKIPPED, reason=TAKEN_BACK, settled_at=now())
    )


def replace(session: Session, kind: str, recipient: str) -> None:
    """What an unsent mail of this kind tells this person holds no more: a newer one follows."""
    untold = col(Message.state).in_([State.QUEUED, State.LEASED])
    same = (col(Message.kind) == kind) & (col(Message.recipient) == recipient)
    stopped = update(Message).where(same, untold)
    values = {"state": State.SKIPPED, "reason": REPLACED, "settled_at": now(), "text": discreet()}
    session.execute(stopped.values(**values))


def lapse(session: Session, everybody: bool = False) -> tuple[int, int]:
    """Take mails out of the hands of the dead; how many are tried again, and how many unknown.

    `everybody`: at the start of the only process there is, whoever held one is dead.
    """
    over = col(Message.lease_until) < clock(session)
    dead = col(Message.lease_until).is_not(None) if everybody else over
    begun = col(Message.state) == State.SENDING
    unknown = update(Message).where(begun, dead)
    doubted = unknown.values(
        state=State.UNKNOWN,
        reason=LAPSED,
        lease_until=None,
        settled_at=now(),
        text=discreet(),
    )
    released = update(Message).where(col(Message.state) == State.LEASED, dead)
    freed = released.values(state=State.QUEUED, lease_until=None)
    return changed(session, freed), changed(session, doubted)


def listed(session: Session, *, by: Actor) -> list[dict[str, Any]]:
    """The latest mails of this actor's places; those that need a look come first."""
    by.require(Right.OUTBOX_READ)
    own = select(Message).where(Message.organization_id == by.organization)
    if Right.PEOPLE_WRITE not in by.rights:  # mails to people hold their ways in
        own = own.where(col(Message.order_id).is_not(None))
    if by.locations is not None:
        own = own.where(col(Message.channel).in_([f"location:{id}" for id in by.locations]))
    troubled = col(Message.state).in_([State.UNKNOWN, State.FAILED])
    newest_first = col(Message.id).desc()
    found = [
        *session.exec(own.where(troubled).order_by(newest_first).limit(LISTED)),
        *session.exec(own.where(~troubled).order_by(newest_first).limit(LISTED)),
    ]
    return [shown(message) for message in found]


def shown(message: Message) -> dict[str, Any]:
    """A mail as the outbox shows it."""
    return {
        "id": message.id,
        "at": message.created_at.isoformat(timespec="seconds"),
        "to": message.recipient,
        "subject": message.subject,
        "text": message.text,
        "state": message.state,
        "reason": message.reason,
    }


def discreet() -> Any:
    """The text of a mail, unless there is a way in in it."""
    return case((col(Message.kind).in_(SECRET), BLANKED), else_=Message.text)


def taken_back(session: Session, message: Message) -> bool:
    """Whether the move that the mail tells of is no longer the order's last."""
    if message.moved_at is None or message.order_id is None:
        return False
    return session.get_one(Order, message.order_id).moved_at != message.moved_at


def ripe(session: Session) -> ColumnElement[bool]:
    """Waiting, and its time has come."""
    come: ColumnElement[bool] = col(Message.not_before) <= clock(session)
    return come & (col(Message.state) == State.QUEUED)


def still(held: Held, *states: State) -> Update:
    """A change of a mail that is valid only as long as nobody else has taken it in hand."""
    mine = (col(Message.id) == held.id) & (col(Message.fence) == held.fence)
    return update(Message).where(mine, col(Message.state).in_(states))


def changed(session: Session, change: Update) -> int:
    """Make the change; how many rows it met."""
    done = session.connection().execute(change)
    return done.rowcount


def pause(attempts: int, terms: Terms) -> timedelta:
    """Three times as long after each try, up to a limit; scattered, lest all come at once."""
    growing: timedelta = terms.first_pause * 3 ** min(attempts - 1, 20)
    return min(growing, terms.longest_pause) * random.uniform(0.8, 1.2)  # noqa: S311  # no secret


def clock(session: Session, ahead: timedelta = timedelta(0)) -> Any:
    """Now, or so much later, by the clock of the database, which all workers share."""
    if session.connection().dialect.name == "sqlite":
        return now() + ahead
    return func.now() + ahead
