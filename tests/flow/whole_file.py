"""Plays a whole file of restaurant orders through a real `up`, twice, and prints the figures.

python -m tests.flow.whole_file FILE                 on SQLite
python -m tests.flow.whole_file FILE --postgresql    on a PostgreSQL of its own
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from server.db import Database
from tests.flow import memory
from tests.flow.ears import listening
from tests.flow.ledger import Ledger, ledger
from tests.flow.programs import chosen
from tests.flow.up import Up, up
from tests.servers import own_postgresql

SOCKETS: Final = 200
LOCATION: Final = 1
LONGEST_SECONDS: Final = 600.0


def main(file: Path, postgresql: Annotated[bool, typer.Option()] = False) -> None:
    """Play it twice, look at the database after each, then open many boards."""
    with (
        tempfile.TemporaryDirectory() as made,
        database(postgresql) as url,
        up(Path(made) / "var", DATABASE_URL=url) as running,
    ):
        played(running, file)
        say(asyncio.run(measured(running)))


@contextmanager
def database(postgresql: bool) -> Iterator[str]:
    """The URL of a fresh PostgreSQL; nothing means SQLite."""
    if not postgresql:
        yield ""
        return
    with own_postgresql(durable=True) as server:
        yield server.create_database()


def played(running: Up, file: Path) -> None:
    for time in ("first", "second"):
        said = running.command("simulate", str(file), "--rate", "0", timeout=LONGEST_SECONDS)
        say(f"{time} run: {' '.join(said.split())}")
        say(f"{' ' * len(time)}  now: {counted(running)}")


def counted(running: Up) -> Ledger:
    """What the database holds."""
    opened = Database(chosen(running.settings).database, pool=1)
    try:
        return opened.read_now(ledger)
    finally:
        opened.close()


async def measured(running: Up) -> str:
    """The memory of everything while many boards are open."""
    async with boards_open(running, SOCKETS):
        return f"{SOCKETS} boards: {memory.told(memory.shares(running.program.pid))}"


@asynccontextmanager
async def boards_open(running: Up, sockets: int) -> AsyncIterator[None]:
    """So many sockets follow the first location, each with its snapshot."""
    key = running.key()
    async with AsyncExitStack() as stack:
        for _ in range(sockets):
            await listening(stack, running.url, key, LOCATION)
        yield


def say(words: str) -> None:
    sys.stdout.write(words + "\n")


if __name__ == "__main__":
    typer.run(main)
