"""Fixtures for tests of whole houses."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.flow.foundation import Foundation, OnPostgreSQL, OnSQLite
from tests.flow.house import House, house

Tell = Callable[[str], None]


@pytest.fixture(scope="session")
def foundations(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Foundation]:
    """What houses stand on, by the kind of database; made when first asked for."""

    @cache
    def laid(backend: str) -> Foundation:
        if backend == "postgresql":
            return OnPostgreSQL(request.getfixturevalue("postgresql_server"))
        return OnSQLite(tmp_path_factory.mktemp("foundation"))

    return laid


class Grounds:
    """Where a test builds its houses."""

    def __init__(self, foundations: Callable[[str], Foundation], directory: Path) -> None:
        self.foundations = foundations
        self.directory = directory

    def house(
        self, backend: str, name: str = "house", **more: Any
    ) -> AbstractContextManager[House]:
        """A house on a database of that kind."""
        return house(self.foundations(backend), self.directory / name, **more)


@pytest.fixture
def grounds(foundations: Callable[[str], Foundation], tmp_path: Path) -> Grounds:
    return Grounds(foundations, tmp_path)


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Says a figure aloud, whatever becomes of the test's other output."""

    def say(figure: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n  {figure}")

    return say
