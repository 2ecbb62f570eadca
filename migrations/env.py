"""Alembic's way in: it works on the connection that server/migrate.py hands over."""

from alembic import context
from sqlmodel import SQLModel

import server.models  # noqa: F401  # knowing the tables is what makes them part of the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
