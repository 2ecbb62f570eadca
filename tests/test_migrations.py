"""Migrations: up, down and up again; and afterwards the tables are the models."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import Session, SQLModel, select

from server import models
from server.db import Database
from server.events import enter
from server.migrate import downgrade, upgrade
from server.models import Location, OrderLink
from server.orders import intake
from server.people.actors import system
from server.seed import seed
from tests.cast import wish
from tests.servers import PostgreSQL


@pytest.fixture
def blank(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with nothing in it."""
    url = f"sqlite:///{tmp_path / 'blank.db'}"
    if backend == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql_server")
        url = server.create_database()
    database = Database(url)
    yield database
    database.close()


def tables(session: Session) -> set[str]:
    return set(inspect(session.connection()).get_table_names()) - {"alembic_version"}


def differences(session: Session) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(session.connection(), opts=options)
    return list(compare_metadata(context, SQLModel.metadata))


def test_the_tables_are_the_models(blank: Database) -> None:
    upgrade(blank)

    assert blank.read_now(tables) == set(SQLModel.metadata.tables)
    assert blank.read_now(differences) == []


def test_up_and_down_and_up_again(blank: Database) -> None:
    newest = upgrade(blank)
    blank.write_now(seed)

    assert downgrade(blank) == ""
    assert blank.read_now(tables) == set()
    assert upgrade(blank) == newest
    assert blank.read_now(differences) == []


def test_up_when_there_is_nothing_to_do_keeps_what_is_there(blank: Database) -> None:
    newest = upgrade(blank)
    blank.write_now(seed)

    assert upgrade(blank) == newest
    assert not blank.write_now(seed)


def test_the_comparison_would_see_a_missing_column(blank: Database) -> None:
    upgrade(blank)
    blank.write_now(lambda s: s.connection().exec_driver_sql("ALTER TABLE station DROP COLUMN name")
                    if not blank.bundled else
                    s.connection().exec_driver_sql("DROP INDEX ix_orders_board"))  # fmt: skip

    assert blank.read_now(differences) != []


def test_no_model_postpones_its_annotations() -> None:
    """SQLModel reads them when the class is made."""
    for file in Path(models.__file__).parent.glob("*.py"):
        imports = [
            node for node in ast.parse(file.read_text()).body if isinstance(node, ast.ImportFrom)
        ]
        assert "__future__" not in {node.module for node in imports}


def test_orders_from_before_links_were_kept_get_one_each(blank: Database) -> None:
    upgrade(blank)
    blank.write_now(seed)
    here = blank.read_now(lambda session: session.exec(select(Location.id)).first() or 0)
    for _ in range(2):
        blank.write_now(lambda s: intake.place(s, wish(here), by=system(1)) and enter(s))

    downgrade(blank, "0001")
    upgrade(blank)

    refs = blank.read_now(lambda session: session.exec(select(OrderLink.ref)).all())
    assert len(set(refs)) == 2
    assert {len(ref) for ref in refs} == {32}
