"""The one seam between the plain, synchronous trade and the live, asynchronous house.

`perform` runs a command in one transaction and announces what it recorded after the commit.
`read` runs a query. Nothing else writes, and nothing else publishes.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar

from sqlalchemy import bindparam, text, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from server.answers import Answer, problem
from server.clock import now
from server.db import Database, sqlstate
from server.errors import Busy, KeyReused, Refused, Unsaved
from server.events import Publication, enter
from server.models import StoredAnswer, table

P = ParamSpec("P")
T = TypeVar("T")
Command = Callable[Concatenate[Session, P], T]

KEY_LIMIT: Final = 200
LOCKED: Final = "55P03"  # waited for a lock as long as anybody may

ANSWERS: Final = table(StoredAnswer)
CLAIM: Final = text(
    "INSERT INTO stored_answer (caller, key, fingerprint, at)"
    " VALUES (:caller, :key, :fingerprint, :at) ON CONFLICT DO NOTHING"
).bindparams(bindparam("at", type_=ANSWERS.c.at.type))
KEEP: Final = update(ANSWERS).where(
    ANSWERS.c.caller == bindparam("whose"), ANSWERS.c.key == bindparam("which")
)

log = logging.getLogger(__name__)


class Announcer(Protocol):
    """Tells every process what was written."""

    async def publish(self, *publications: Publication) -> None:
        """Ring the bell; never raises, the book has it anyway."""


@dataclass(frozen=True, slots=True)
class Once:
    """A request that must not happen twice: whose it is, its key, and what it asked."""

    caller: str
    key: str
    fingerprint: str


class Read:
    """Runs queries, each in one consistent view of the database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def __call__(self, query: Command[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.database.read(lambda session: query(session, *args, **kwargs))


class Perform:
    """Runs commands: one transaction each, then the bell."""

    def __init__(self, database: Database, announcer: Announcer) -> None:
        self.database = database
        self.announcer = announcer

    async def __call__(self, command: Command[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do a command and announce it; a refusal leaves nothing behind."""

        def work(session: Session) -> tuple[T, list[Publication]]:
            result = command(session, *args, **kwargs)
            return result, enter(session)

        result, publications = await self.database.write(work)
        if publications:
            await self.announcer.publish(*publications)
        return result

    async def once(
        self,
        once: Once | None,
        answered: Callable[[T], Answer],
        command: Command[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Answer:
        """Do a command at most once per key; a retry gets the stored answer, refusals too."""

        def work(session: Session) -> tuple[Answer, list[Publication]]:
            if once and (stored := begin(session, once)):
                return stored, []
            answer = attempt(session, answered, command, *args, **kwargs)
            if once:
                keep(session, once, answer)
            return answer, enter(session)

        answer, publications = await self.database.write(work)
        if publications:
            await self.announcer.publish(*publications)
        return answer


def attempt(
    session: Session,
    answered: Callable[[T], Answer],
    command: Command[P, T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Answer:
    """Do the command in a savepoint: a refusal undoes it, and is an answer like any other."""
    try:
        with session.begin_nested():
            return answered(command(session, *args, **kwargs))
    except Unsaved:
        raise
    except Refused as refused:
        session.info.pop("recorded", None)
        return problem(refused)


def begin(session: Session, once: Once) -> Answer | None:
    """Claim the key; the stored answer if it has one. Waits for the same key elsewhere (3 s)."""
    claim = {"caller": once.caller, "key": once.key, "fingerprint": once.fingerprint, "at": now()}
    try:
        claimed = session.connection().execute(CLAIM, claim).rowcount
    except OperationalError as error:
        if sqlstate(error) == LOCKED:
            raise at_work() from error
        raise
    return None if claimed else replayed(session, once)


def replayed(session: Session, once: Once) -> Answer:
    """The answer that this key was given before."""
    stored = session.get(StoredAnswer, (once.caller, once.key))
    if stored is None or stored.status is None or stored.body is None:
        raise at_work()
    if stored.fingerprint != once.fingerprint:
        words = "This Idempotency-Key was used for another request: make a new one."
        raise KeyReused(words, field="Idempotency-Key")
    headers = {"Idempotent-Replay": "true"}
    return Answer(stored.status, stored.body, stored.etag, stored.content_type or "", headers)


def at_work() -> Busy:
    """The refusal of a request that is just being done elsewhere."""
    words = "The same request is being worked on right now."
    return Busy(words, field="Idempotency-Key", retry_after_seconds=1)


def keep(session: Session, once: Once, answer: Answer) -> None:
    """Store the answer in the transaction of its effect."""
    session.execute(
        KEEP,
        {
            "whose": once.caller,
            "which": once.key,
            "status": answer.status,
            "body": answer.body,
            "etag": answer.etag,
            "content_type": answer.content_type,
        },
    )
