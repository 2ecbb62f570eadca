"""The one seam between the plain, synchronous trade and the live, asynchronous house.

`perform` runs a command in one transaction and announces what it recorded after the commit.
`read` runs a query. Nothing else writes, and nothing else publishes.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar

from sqlalchemy import bindparam, insert
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from server.answers import Answer, problem
from server.clock import now
from server.db import LOCKED, Database, sqlstate
from server.errors import Busy, KeyReused, Refused, Unsaved
from server.events import Publication, enter
from server.models import StoredAnswer, table
from server.statements import Reply, Statement

P = ParamSpec("P")
T = TypeVar("T")
Command = Callable[Concatenate[Session, P], T]

KEY_LIMIT: Final = 200

ANSWERS: Final = table(StoredAnswer)
FIND: Final = Statement(
    ANSWERS.select().where(
        ANSWERS.c.caller == bindparam("caller"), ANSWERS.c.key == bindparam("key")
    )
)
KEEP: Final = Statement(insert(ANSWERS))

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
            asked = once and FIND.send(session, {"caller": once.caller, "key": once.key})
            answer = attempt(session, answered, command, *args, **kwargs)
            stored = kept(asked, once) if once and asked else None
            if stored or answer.status >= 400:
                self.database.undo(session)
            if stored:
                return stored, []
            if once is None:
                return answer, enter(session)
            keep(session, once, answer)
            with unless_at_work():
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
    """Do the command: a refusal is an answer like any other, once what came before is undone."""
    try:
        return answered(command(session, *args, **kwargs))
    except Unsaved:
        raise
    except Refused as refused:
        return problem(refused)


def kept(asked: Reply, once: Once) -> Answer | None:
    """The answer that this key was given before; what the command has just done is then void."""
    stored = asked.first()
    if stored is None:
        return None
    if stored["fingerprint"] != once.fingerprint:
        words = "This Idempotency-Key was used for another request: make a new one."
        raise KeyReused(words, field="Idempotency-Key")
    return Answer(
        stored["status"],
        stored["body"],
        stored["etag"],
        stored["content_type"],
        {"Idempotent-Replay": "true"},
    )


def keep(session: Session, once: Once, answer: Answer) -> None:
    """Store the answer in the transaction of its effect. If the same request has been faster, this
    fails and all is undone: done again, it finds the other's answer."""
    KEEP.send(
        session,
        {
            "caller": once.caller,
            "key": once.key,
            "fingerprint": once.fingerprint,
            "status": answer.status,
            "body": answer.body,
            "etag": answer.etag,
            "content_type": answer.content_type,
            "at": now(),
        },
    )


@contextmanager
def unless_at_work() -> Iterator[None]:
    """Wait for the same key elsewhere, but not for long (3 s)."""
    try:
        yield
    except OperationalError as error:
        if sqlstate(error) == LOCKED and ANSWERS.name in str(error.orig):
            words = "The same request is being worked on right now."
            raise Busy(words, field="Idempotency-Key", retry_after_seconds=1) from error
        raise
