"""The present moment, in one place."""

from datetime import UTC, datetime


def now() -> datetime:
    """Now, in UTC, to the millisecond: as exact as anything we show or store."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
