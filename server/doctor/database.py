"""The database: does it answer, are its tables ours, and what it says of itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from server.clock import now
from server.doctor import work
from server.doctor.findings import Finding, graded, ok, warn, wrong
from server.doctor.web import Web
from server.migrate import config
from server.settings import Settings

ABOUT: Final = "database"
LOOKING: Final = (
    "-c default_transaction_read_only=on -c statement_timeout=5000 -c lock_timeout=1000"
)
IDLE: Final = timedelta(minutes=1)
GIB: Final = 1024**3


def database(chosen: Settings, web: Web) -> Iterator[Finding]:
    """Ask it, without changing anything."""
    file = Path(make_url(chosen.database).database or "")
    if chosen.bundled and not file.exists():
        yield warn(ABOUT, f"{file} is not there yet: `python3 -m server up` makes it.")
        return
    engine = opened(chosen, file)
    try:
        with Session(engine) as session:
            yield ok(ABOUT, f"{make_url(chosen.database).render_as_string()} answers")
            yield from asked(session, chosen, web)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        yield wrong(ABOUT, f"it does not answer: {reason}")
    finally:
        engine.dispose()


def opened(chosen: Settings, file: Path) -> Engine:
    """A connection that cannot write; on SQLite it cannot checkpoint either."""
    if chosen.bundled:
        return create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=2),
        )
    url = chosen.database.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(url, connect_args={"connect_timeout": 3, "options": LOOKING})


def asked(session: Session, chosen: Settings, web: Web) -> Iterator[Finding]:
    """Everything that takes a connection."""
    tables = migrated(session)
    yield tables
    if not chosen.bundled:
        yield from settings(session)
        yield from crowd(session)
        yield clock(session)
    if tables.level == "ok":
        yield from work.work(session, chosen, web)


def migrated(session: Session) -> Finding:
    """Whether its tables are those of this program."""
    connection = session.connection()
    at = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(config(connection))
    known, newest = {script.revision for script in scripts.walk_revisions()}, scripts.get_heads()[0]
    if at == newest:
        return ok(ABOUT, f"its tables are at revision {at}, the newest")
    if at and at not in known:
        return wrong(ABOUT, f"its tables are of a newer Heard (revision {at}): update this one.")
    behind = f"at revision {at}, not {newest}" if at else "not made yet"
    return wrong(ABOUT, f"its tables are {behind}: python3 -m server migrate")


def settings(session: Session) -> Iterator[Finding]:
    """PostgreSQL's own settings that lose what was promised to be saved."""
    if shown(session, "SELECT pg_is_in_recovery()"):
        yield wrong(ABOUT, "it is a standby, nothing can be saved: DATABASE_URL names the primary.")
    for name, least in (("fsync", wrong), ("synchronous_commit", warn), ("full_page_writes", warn)):
        if shown(session, f"SELECT current_setting('{name}')") == "off":
            yield least(ABOUT, f"{name} is off: a crash loses what was answered with “saved”.")


def crowd(session: Session) -> Iterator[Finding]:
    """Connections: how many are left, and who sits on one."""
    most = int(shown(session, "SELECT current_setting('max_connections')"))
    used = shown(session, "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'client%'")
    words = f"{used} of {most} connections are used"
    if used >= 0.8 * most:
        words += ": lower DATABASE_POOL, or raise max_connections"
    yield graded(ABOUT, words, used, warn_at=0.8 * most, wrong_at=0.95 * most)
    idle = "SELECT max(now() - state_change) FROM pg_stat_activity WHERE state LIKE 'idle in tr%'"
    longest: timedelta | None = shown(session, idle)
    if longest and longest > IDLE:
        words = f"somebody has sat in a transaction for {longest.total_seconds():.0f} s: end it."
        yield warn(ABOUT, words)


def clock(session: Session) -> Finding:
    """Leases and deadlines are judged by both clocks."""
    there: datetime = shown(session, "SELECT clock_timestamp()")
    off = abs((there - now()).total_seconds())
    words = f"its clock and ours differ by {off:.1f} s"
    if off >= 2:
        words += ": let both machines ask a time server"
    return graded(ABOUT, words, off, warn_at=2, wrong_at=30)


def shown(session: Session, question: str) -> Any:
    return session.connection().execute(text(question)).scalar()
