"""Hands for tests: commands and queries through the real seam, without an event loop in sight."""

import asyncio
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlmodel import Session

from server.answers import Answer, encoded
from server.db import Database
from server.events import Publication
from server.orders.changes import Outcome
from server.perform import Once, Perform, Read

P = ParamSpec("P")
T = TypeVar("T")


class RecordingBell:
    """Remembers what was rung instead of telling other processes."""

    def __init__(self) -> None:
        self.rung: list[Publication] = []

    async def publish(self, *publications: Publication) -> None:
        """Remember them."""
        self.rung.extend(publications)


class Do:
    """`do(command, …)` performs a command; `do.once(…)` as an HTTP request with a key does."""

    def __init__(self, database: Database) -> None:
        self.bell = RecordingBell()
        self.perform = Perform(database, self.bell)

    def __call__(
        self, command: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Perform a command in its own transaction."""
        return asyncio.run(self.perform(command, *args, **kwargs))

    def once(
        self,
        key: str | None,
        command: Callable[Concatenate[Session, P], Outcome],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Answer:
        """Perform a command under an Idempotency-Key of Ana's; the same key is the same request."""
        once = Once("account:ana", key, "the same request") if key else None
        return asyncio.run(self.perform.once(once, answered, command, *args, **kwargs))


class Look:
    """`look(query, …)` reads in a transaction that cannot write."""

    def __init__(self, database: Database) -> None:
        self.read = Read(database)

    def __call__(
        self, query: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a query."""
        return asyncio.run(self.read(query, *args, **kwargs))


def answered(outcome: Outcome) -> Answer:
    """The answer of an order command, as the API gives it."""
    answer = encoded({"version": outcome.version, "noop": outcome.noop})
    return Answer(201 if outcome.created else 200, answer.body, str(outcome.version))
