"""One world for all tests of who may do what; each begins as if nobody had asked for anything."""

from collections.abc import Iterator

import pytest

from tests.security.world import World, world


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture
def full(furnished: World) -> World:
    furnished.reset()
    return furnished
