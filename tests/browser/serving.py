"""Heard as it runs, for browsers: a real server on SQLite, behind a wire that can be cut."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from sqlmodel import Session

from server.db import Database
from server.migrate import upgrade
from server.orders.stages import Flow
from server.seed import location
from server.settings import Settings
from tests.cast import Cast, assemble
from tests.flow.programs import Web

BARS: Final = 40
CHUNK: Final = 65536


class Wire:
    """Passes bytes between browsers and the server, until it is cut."""

    def __init__(self, port: int) -> None:
        self.upstream = port
        self.whole = True
        self.ends: set[asyncio.StreamWriter] = set()

    async def pass_on(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        if not self.whole:
            answer.close()
            return
        far, ask = await asyncio.open_connection("127.0.0.1", self.upstream)
        self.ends |= {answer, ask}
        await asyncio.gather(self.pump(near, ask), self.pump(far, answer))
        self.ends -= {answer, ask}

    async def pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await source.read(CHUNK):
                sink.write(chunk)
                await sink.drain()
        with contextlib.suppress(OSError):
            sink.close()

    def cut(self) -> None:
        """Everything breaks at once, and nothing new gets through."""
        self.whole = False
        for end in self.ends:
            end.transport.abort()

    def mend(self) -> None:
        self.whole = True


@asynccontextmanager
async def wired(near: socket.socket, port: int) -> AsyncIterator[Wire]:
    """A wire that listens on `near` and leads to the server."""
    wire = Wire(port)
    listening = await asyncio.start_server(wire.pass_on, sock=near)
    try:
        yield wire
    finally:
        wire.cut()
        listening.close()


@contextmanager
def served(settings: Settings) -> Iterator[Web]:
    """The server, a process of its own as it is in life."""
    own = {"VAR_DIR": str(settings.var_dir), "PUBLIC_URL": settings.public_url}
    web = Web(("server", "web"), own, settings.var_dir / "web.log")
    try:
        web.start()
        web.wait_until_ready()
        yield web
    finally:
        web.close()


def prepared(var: Path, url: str) -> tuple[Settings, Cast, list[int]]:
    """A migrated database with the cast in it, and a bar for every test."""
    settings = Settings(var_dir=var, public_url=url, redis_url="", database_url="")
    database = Database(settings.database)
    try:
        upgrade(database)
        cast = database.write_now(assemble)
        return settings, cast, database.write_now(lambda session: bars(session, cast))
    finally:
        database.close()


def bars(session: Session, cast: Cast) -> list[int]:
    """Bars that nobody has ordered at yet."""
    names = [f"Bar {number:02}" for number in range(BARS)]
    return [location(session, cast.harbour, n, "bar", Flow.ONSITE, prep_minutes=5) for n in names]
