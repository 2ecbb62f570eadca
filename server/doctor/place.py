"""VAR_DIR: is it ours alone, is there room, does the log of the database grow."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from server.doctor.findings import Finding, graded, ok, warn, wrong
from server.settings import Settings

ABOUT: Final = "files"
MIB: Final = 1024 * 1024
ROOM_WARN: Final = 1024 * MIB
ROOM_WRONG: Final = 100 * MIB
WAL_WARN: Final = 64 * MIB
WAL_WRONG: Final = 1024 * MIB


def files(chosen: Settings) -> Iterator[Finding]:
    """The directory itself, then what grows in it."""
    var = chosen.var_dir
    if not var.is_dir():
        yield warn(ABOUT, f"{var} is not there yet: the first start makes it.")
        return
    yield from permissions(var)
    yield room(var)
    if chosen.bundled:
        yield log(var / "heard.db-wal")


def permissions(var: Path) -> Iterator[Finding]:
    """It holds customers' addresses: written by us, read by nobody else."""
    if not os.access(var, os.W_OK | os.X_OK):
        yield wrong(ABOUT, f"{var} cannot be written by this user: chown it, or set VAR_DIR.")
    elif var.stat().st_mode & 0o077:
        yield warn(ABOUT, f"{var} is open to other users of this machine: chmod 700 {var}")
    else:
        yield ok(ABOUT, f"{var} is ours alone")


def room(var: Path) -> Finding:
    """Space on the disk: without any, nothing is saved."""
    free = shutil.disk_usage(var).free
    words = f"{free // MIB:,} MiB free on the disk of {var}"
    if free < ROOM_WRONG:
        return wrong(ABOUT, f"{words}: make room now, or nothing can be saved.")
    return warn(ABOUT, f"{words}: make room soon.") if free < ROOM_WARN else ok(ABOUT, words)


def log(wal: Path) -> Finding:
    """SQLite's write-ahead log: it grows while somebody holds an old view of the database."""
    size = wal.stat().st_size if wal.exists() else 0
    words = f"the write-ahead log has {size / MIB:.1f} MiB"
    if size >= WAL_WARN:
        words += ": a program that keeps the database open holds it back; stop it, or restart Heard"
    return graded(ABOUT, words, size, warn_at=WAL_WARN, wrong_at=WAL_WRONG)
