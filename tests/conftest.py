"""Fixtures for all tests: servers are real, and there is one of each per process."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from server.db import Database
from server.embedded import Valkey
from tests.cast import Cast
from tests.hands import Do, Look
from tests.scene import Scene
from tests.servers import PostgreSQL, postgresql


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Valkey(tmp_path_factory.mktemp("valkey"), persistent=False) as valkey:
        yield valkey.url


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    with postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: PostgreSQL) -> str:
    return postgresql_server.create_database()


@pytest.fixture(scope="session")
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Database]]:
    """Opens the one database of a kind that this process has."""
    opened: dict[str, Database] = {}

    def open_one(backend: str) -> Database:
        if backend not in opened:
            postgresql = backend == "postgresql"
            file = f"sqlite:///{tmp_path_factory.mktemp('scene') / 'heard.db'}"
            url = request.getfixturevalue("postgresql_url") if postgresql else file
            opened[backend] = Database(url)
        return opened[backend]

    yield open_one
    for database in opened.values():
        database.close()


@pytest.fixture(scope="session")
def scenes(databases: Callable[[str], Database]) -> Callable[[str], Scene]:
    """The scene on a kind of database, set up when it is first asked for."""
    return cache(lambda backend: Scene(databases(backend)))


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Every test that asks for a database runs on both."""
    return str(request.param)


@pytest.fixture
def scene(backend: str, scenes: Callable[[str], Scene]) -> Scene:
    """A database with nothing but the cast in it."""
    scene = scenes(backend)
    scene.reset()
    return scene


@pytest.fixture
def database(scene: Scene) -> Database:
    return scene.database


@pytest.fixture
def wide(database: Database) -> Iterator[Database]:
    """The same database, with a connection for each of sixteen."""
    wide = database if database.bundled else Database(database.url, pool=16)
    yield wide
    if wide is not database:
        wide.close()


@pytest.fixture
def cast(scene: Scene) -> Cast:
    return scene.cast


@pytest.fixture
def do(database: Database) -> Do:
    """Performs commands; `do.bell.rung` is what was announced."""
    return Do(database)


@pytest.fixture
def look(database: Database) -> Look:
    """Runs queries."""
    return Look(database)
