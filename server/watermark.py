"""A file beside the SQLite database that remembers how far each channel had come.

A copy of the database put back from yesterday has lower heads; grown past them again it would pass
for the same history. So where the file is ahead, the channel's numbering starts anew, and every
board takes a fresh snapshot. (PostgreSQL tells by its system identifier and timeline: see db.py.)
"""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Final

import orjson
from sqlmodel import Session, select

from server.events import renumber
from server.models import Channel
from server.perform import Perform, Read

EVERY_SECONDS: Final = 1.0

Marks = dict[str, tuple[str, int]]  # channel → epoch, head


class Watermark:
    """The file, and the task that keeps it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept: Marks = {}

    async def check(self, perform: Perform) -> int:
        """Start anew the numbering of every channel that has fallen back; how many there were."""
        return await perform(start_anew, self.read())

    async def keep(self, read: Read) -> None:
        """Write down each second how far the channels have come, for as long as we run."""
        while True:
            with contextlib.suppress(OSError):
                self.write(await read(marks))
            await asyncio.sleep(EVERY_SECONDS)

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
    """How far every channel has come."""
    rows = session.exec(select(Channel.name, Channel.epoch, Channel.head)).all()
    return {name: (epoch, head) for name, epoch, head in rows}


def start_anew(session: Session, before: Marks) -> int:
    """A new epoch for every channel that is behind what was written down of the same epoch."""
    fallen = 0
    for name, (epoch, head) in marks(session).items():
        known, seen = before.get(name, ("", 0))
        if known == epoch and head < seen:
            renumber(session, name, below=seen)
            fallen += 1
    return fallen
