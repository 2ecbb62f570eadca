"""Bringing the tables of a database up to date, or taking them back (Alembic, migrations/)."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel import Session

from server.db import Database
from server.settings import ROOT


def upgrade(database: Database, revision: str = "head") -> str:
    """Migrate up to a revision, in one transaction; the revision the tables are at now."""
    reached = database.write_now(lambda session: moved(session, command.upgrade, revision))
    database.disconnect()  # its tables are part of what a connection knows it by
    return reached


def downgrade(database: Database, revision: str = "base") -> str:
    """Migrate down to a revision, in one transaction."""
    return database.write_now(lambda session: moved(session, command.downgrade, revision))


def moved(session: Session, go: object, revision: str) -> str:
    """Run Alembic on this session's own connection."""
    connection = session.connection()
    assert callable(go)
    go(config(connection), revision)
    return MigrationContext.configure(connection).get_current_revision() or ""


def config(connection: Connection) -> Config:
    """What Alembic needs to know; there is no ini file."""
    alembic = Config()
    alembic.set_main_option("script_location", str(ROOT / "migrations"))
    alembic.attributes["connection"] = connection
    return alembic
