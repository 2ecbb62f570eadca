"""How often a secret may be guessed: after some wrong tries each next one has to wait longer.

Nobody is ever locked out. What is counted is counted per address or device, so that a guesser
elsewhere slows down only themselves; a try is written down before it is judged, so that a thousand
at once are no more than one after another.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, text
from sqlmodel import Session, col, select

from server.clock import now
from server.errors import TooMany
from server.models import Attempt, SignIn
from server.people import accounts

QUARTER: Final = timedelta(minutes=15)
KEPT: Final = timedelta(days=1)
IPV6_HOME: Final = 64  # bits that one household or machine has for itself


@dataclass(frozen=True, slots=True)
class Gate:
    """Something that so many tries in a `span` may pass; then a pause, which doubles."""

    key: str
    free: int
    span: timedelta = KEPT
    pause: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(minutes=15)
    mine: str | None = None  # whose last try the pause counts from, where many share a gate

    def shut_for(self, tries: int, last: datetime | None, at: datetime) -> timedelta:
        """How long it is still shut after so many tries."""
        if tries < self.free:
            return timedelta(0)
        pause = min(self.longest, self.pause * (1 << min((tries - self.free) // self.free, 10)))
        passed = at - last if last else timedelta(0)
        return pause - passed


def admit(session: Session, gates: Sequence[Gate]) -> tuple[int, list[int]]:
    """Count a try at each gate: the seconds it has to wait first (0: it may go on), its marks."""
    at = now()
    wait = max((shut_for(session, gate, at) for gate in gates), default=timedelta(0))
    if wait > timedelta(0):
        return max(1, round(wait.total_seconds())), []
    keys = dict.fromkeys(key for gate in gates for key in (gate.key, gate.mine) if key)
    marks = [Attempt(key=key, at=at) for key in keys]
    session.add_all(marks)
    session.flush()
    return 0, [mark.id or 0 for mark in marks]


def shut_for(session: Session, gate: Gate, at: datetime) -> timedelta:
    """How long a gate is still shut; whoever first meets a shared one shut begins to wait now."""
    turn(session, gate.key)
    tries, last = tried(session, gate.key, at - gate.span)
    if gate.mine is None:
        return gate.shut_for(tries, last, at)
    _, last = tried(session, gate.mine, at - gate.span)
    wait = gate.shut_for(tries, last, at)
    if wait > timedelta(0) and last is None:
        session.add(Attempt(key=gate.mine, at=at))
    return wait


def tried(session: Session, key: str, since: datetime) -> tuple[int, datetime | None]:
    """How many tries there were, and when the last one was."""
    found = select(func.count(), func.max(Attempt.at)).where(Attempt.key == key, Attempt.at > since)
    tries, last = session.exec(found).one()
    return tries, last


def turn(session: Session, key: str) -> None:
    """One after another, who tries the same thing; SQLite has one writer anyway."""
    if session.connection().dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
        session.connection().execute(lock, {"key": key})


def forgive(session: Session, marks: Sequence[int], *keys: str) -> None:
    """It was no guess: take its marks away, and all that stand under these keys."""
    right = col(Attempt.id).in_(list(marks)) | col(Attempt.key).in_(keys)
    session.execute(delete(Attempt).where(right))


def too_many(seconds: int) -> TooMany:
    """The refusal of a try that comes too soon."""
    words = f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"
    told = f"Too many wrong tries. Try again in {words}."
    return TooMany(told, retry_after_seconds=seconds)


def login(session: Session, email: str, address: str, known: str | None) -> list[Gate]:
    """What a sign-in has to pass: its own gate, and unless the browser was here before two more.

    The account's gate is shared by all strangers: past thirty wrong tries each of them has to come
    twice. A browser in which the person signed in before passes by it, whatever others do.
    """
    whose = mailbox(email)
    place = home(address)
    if known and (device := known_device(session, email, known)):
        return [Gate(f"login:{whose}:device:{device}", 5)]
    own = f"login:{whose}:{place}"
    return [
        Gate(own, 5),
        Gate(f"ip:{place}", 20, QUARTER, longest=timedelta(minutes=2)),
        Gate(
            f"login:{whose}",
            30,
            QUARTER,
            pause=timedelta(seconds=5),
            longest=timedelta(minutes=1),
            mine=f"{own}:knock",
        ),
    ]


def known_device(session: Session, email: str, known: str) -> int | None:
    """The sign-in that a browser remembers, if it was one of the same person."""
    account = accounts.by_email(session, email)
    mine = select(SignIn.id).where(SignIn.token_hash == known)
    return session.exec(mine.where(SignIn.account_id == account.id)).first() if account else None


def mailbox(email: str) -> str:
    """An address as it may stand in a key."""
    return hashlib.sha256(email.strip().casefold().encode(errors="replace")).hexdigest()[:24]


def home(address: str) -> str:
    """Where a request comes from; of IPv6 the network, or one machine would be millions."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "somewhere"
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, IPV6_HOME), strict=False))
