"""A file beside the SQLite database that remembers how far each channel had come.

A copy of the database put back from yesterday has lower heads; grown past them again it would pass
for the same history. So where the file is ahead, the channel's numbering starts anew, and every
board takes a fresh snapshot. Each start also leaves a number of its own in both: a copy made before
that start is known by the older one, whatever its heads have grown to. (PostgreSQL tells by its
system identifier and timeline: see db.py.)
Whoever puts a backup back without the file says so with `python3 -m server restore`.
"""

import asyncio
import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

import orjson
from sqlalchemy import text, update
from sqlmodel import Session, select

from server.errors import Unsaved
from server.events import new_epoch, renumber
from server.models import Channel, Organization, table
from server.perform import Perform, Read

EVERY_SECONDS: Final = 1.0
START: Final = ""  # the mark under which the file keeps the number of the last start
STARTS: Final = 2**31

Marks = dict[str, tuple[str, int]]  # channel → epoch, head


class Watermark:
    """The file, and the task that keeps it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept: Marks = {}

    async def check(self, perform: Perform) -> int:
        """Start anew the numbering of every channel that has fallen back; how many there were."""
        before, start = self.read(), 1 + secrets.randbelow(STARTS - 1)
        self.write({**before, START: ("", start)})  # first: whoever dies in between starts anew
        return await perform(start_anew, before, start)

    async def keep(self, read: Read) -> None:
        """Write down each second how far the channels have come, for as long as we run."""
        try:
            while True:
                await self.note(read)
                await asyncio.sleep(EVERY_SECONDS)
        finally:
            await self.note(read)

    async def note(self, read: Read) -> None:
        with contextlib.suppress(OSError, Unsaved):
            self.write(await read(marks))

    def read(self) -> Marks:
        """What was written down last; a file that is missing or torn says nothing."""
        try:
            written = orjson.loads(self.path.read_bytes())
            return {name: (str(epoch), int(head)) for name, (epoch, head) in written.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def write(self, now: Marks) -> None:
        """Replace the file, whole or not at all."""
        if now == self.kept:
            return
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.write_bytes(orjson.dumps(now))
        os.replace(fresh, self.path)  # noqa: PTH105  # the atomic one
        self.kept = now


def marks(session: Session) -> Marks:
    """How far every channel has come, and since which start."""
    rows = session.exec(select(Channel.name, Channel.epoch, Channel.head)).all()
    return {START: ("", started(session))} | {name: (epoch, head) for name, epoch, head in rows}


def started(session: Session) -> int:
    """The number of the last start, which a SQLite file keeps in its header."""
    bundled = session.info["database"].bundled
    return int(session.scalar(text("PRAGMA user_version")) or 0) if bundled else 0


def start_anew(session: Session, before: Marks, start: int) -> int:
    """A new epoch for every channel of an older copy; how many there are."""
    if not session.info["database"].bundled:
        return fallen(session, before)
    older = started(session) != before.get(START, ("", 0))[1]
    session.execute(text(f"PRAGMA user_version = {start:d}"))
    return all_anew(session) if older else fallen(session, before)


def fallen(session: Session, before: Marks) -> int:
    """A new epoch for every channel that is behind what was written down of the same epoch."""
    found = 0
    for name, (epoch, head) in marks(session).items():
        known, seen = before.get(name, ("", 0))
        if name != START and known == epoch and head < seen:
            renumber(session, name, below=seen)
            found += 1
    return found


def all_anew(session: Session) -> int:
    """Start every numbering anew, because an older state was put back; how many there were.

    Who may see what is of that state as well: no access version may look like one known since.
    """
    jump = 1 + secrets.randbelow(1_000_000)
    organizations = table(Organization)
    raised = update(organizations).values(access_version=organizations.c.access_version + jump)
    session.connection().execute(raised)
    return session.connection().execute(update(table(Channel)).values(epoch=new_epoch())).rowcount
