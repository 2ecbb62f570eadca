"""The jobs: does anybody do them, and what lies undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlmodel import Session, col, func, select

from server.clock import now
from server.doctor.findings import Finding, graded, ok, warn, wrong
from server.doctor.web import Web
from server.jobs.follow import lag
from server.jobs.worker import Pace, alive
from server.messaging.outbox import State, ripe
from server.models import Message
from server.settings import Settings

ABOUT: Final = "jobs"


def work(session: Session, chosen: Settings, web: Web) -> Iterator[Finding]:
    """Who is at work, then how far behind they are."""
    yield workers(session, chosen, web)
    yield reactions(session)
    yield unsent(session)
    yield from unclear(session)


def workers(session: Session, chosen: Settings, web: Web) -> Finding:
    """Whether a worker has been heard lately."""
    found = alive(session, Pace().silence)
    if found:
        return ok(ABOUT, f"{found} {'worker is' if found == 1 else 'workers are'} heard")
    if web.ready.get("standing_in"):
        words = "no worker is heard, the web does the jobs: start `python3 -m server worker`."
        return warn(ABOUT, words)
    how = "up" if chosen.bundled else "worker"
    return wrong(ABOUT, f"nobody does the jobs: start `python3 -m server {how}`.")


def reactions(session: Session) -> Finding:
    """How long the oldest event waits for what it causes."""
    behind = lag(session)
    words = f"reactions are {behind:.0f} s behind" if behind >= 1 else "reactions keep up"
    if behind >= 5:
        words += ": the log of the worker says why"
    return graded(ABOUT, words, behind, warn_at=5, wrong_at=60)


def unsent(session: Session) -> Finding:
    """How long the oldest mail that is due has waited."""
    oldest = session.exec(select(func.min(Message.not_before)).where(ripe(session))).one()
    waits = (now() - oldest).total_seconds() if oldest else 0.0
    words = f"a mail has been due for {waits:.0f} s" if waits >= 1 else "no mail is overdue"
    if waits >= 60:
        words += ": look at SMTP_URL and at the worker's log"
    return graded(ABOUT, words, waits, warn_at=60, wrong_at=600)


def unclear(session: Session) -> Iterator[Finding]:
    """Mails that only a person can settle."""
    lost = col(Message.state).in_([State.UNKNOWN, State.FAILED])
    many = session.exec(select(func.count()).select_from(Message).where(lost)).one()
    if many:
        yield warn(ABOUT, f"{many} mails failed or may not have arrived: see /outbox.")
