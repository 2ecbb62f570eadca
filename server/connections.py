"""What is said to a connection when it is opened, and looked at when it is given back."""

import time
from typing import Any


def sqlite_writer(connection: Any, _record: object) -> None:
    """The one connection that writes and checkpoints."""
    connection.isolation_level = None  # SQLAlchemy's BEGIN IMMEDIATE decides, not the driver
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def sqlite_reader(connection: Any, _record: object) -> None:
    """A connection that cannot change anything."""
    connection.isolation_level = None
    for pragma in ("query_only=ON", "busy_timeout=5000", "wal_autocheckpoint=0"):
        connection.execute(f"PRAGMA {pragma}")


def nothing_left_open(connection: Any, _record: object) -> None:
    """A COMMIT that fails leaves its transaction open, and SQLAlchemy takes it for over."""
    if connection is not None and connection.in_transaction:
        connection.rollback()


def used(_connection: Any, record: Any) -> None:
    """A connection is given back, in good health as far as we know."""
    record.info["used_at"] = time.monotonic()
