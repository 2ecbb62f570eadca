"""Connections to one Redis server: how they are spoken to, how fast, and when to complain.

The connections are redis-py's; its client and its pub/sub are not used, since they neither notice a
dead link nor speak of shards without blocking.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.exceptions import RedisError, ResponseError

from server.realtime.broker import Letters

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the bell may take, and how it finds out that it is dead."""

    beacon_seconds: float = 2.0
    silence_seconds: float = 5.0
    connect_seconds: float = 2.0
    ring_seconds: float = 0.2  # for one batch of letters
    broken_seconds: float = 1.0  # after a failure nothing is sent
    gather_seconds: float = 0.05  # between two calls for those who read the whole book
    survey_seconds: float = 10.0  # between two looks at who serves which part of a cluster
    waiting_letters: int = 1_000
    batch: int = 500


class Words(NamedTuple):
    """How a server is spoken to."""

    publish: str
    subscribe: str
    unsubscribe: str


PLAIN: Final = Words("PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE")
SHARDED: Final = Words("SPUBLISH", "SSUBSCRIBE", "SUNSUBSCRIBE")


class Owner(Protocol):
    """Whose link it is: the broker."""

    letters: Letters

    def heard(self, name: str, content: bytes) -> None: ...
    def doubt(self) -> None: ...

    def astray(self) -> None:
        """A server is away, or says that a channel is not its own."""


class Complaints:
    """Said once until all is well again: Redis may be away for hours."""

    def __init__(self, name: str) -> None:
        self.where = f"Redis {name}".rstrip()
        self.said: set[str] = set()

    def complain(self, what: str, trouble: Exception) -> None:
        if what not in self.said:
            self.said.add(what)
            unexpected = not isinstance(trouble, RedisError | OSError | TimeoutError)
            why = trouble or type(trouble).__name__
            log.warning("Cannot %s through %s: %s", what, self.where, why, exc_info=unexpected)

    def settle(self) -> None:
        self.said.clear()


async def dial(pool: ConnectionPool) -> AbstractConnection:
    """A connection of one's own."""
    line: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
    await line.connect()  # type: ignore[no-untyped-call]
    return line


def moved(refusal: ResponseError) -> int | None:
    """The slot that another server has, if that is what it says: `MOVED 3382 10.0.0.7:7000`."""
    word, _, rest = str(refusal).partition(" ")
    return int(rest.partition(" ")[0]) if word == "MOVED" else None


async def refused(line: AbstractConnection) -> ResponseError | None:
    """The server's answer, if it is a refusal."""
    try:
        await line.read_response(disconnect_on_error=False)
    except ResponseError as refusal:
        return refusal
    return None


async def hang_up(line: AbstractConnection | None) -> None:
    with suppress(Exception):  # it may be as dead as it was silent
        if line:
            await line.disconnect(nowait=True)
