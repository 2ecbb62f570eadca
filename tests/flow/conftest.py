"""What every test of a whole house may ask for; `home` is one house that many tests share."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from tests.flow.fixtures import foundations, grounds, tell
from tests.flow.foundation import Foundation
from tests.flow.house import House, house
from tests.flow.shop import Shop
from tests.flow.up import Up, up

__all__ = ["foundations", "grounds", "tell"]


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def home(
    request: pytest.FixtureRequest,
    foundations: Callable[[str], Foundation],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    """One web process over each kind of database; whoever kills a part of it starts it again."""
    with house(foundations(request.param), tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
async def shop(home: House) -> AsyncIterator[Shop]:
    async with home.shop() as shop:
        yield shop


@pytest.fixture
async def opened() -> AsyncIterator[AsyncExitStack]:
    """Boards entered here are closed after the test."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`python3 -m server up` in an empty directory, with its demo."""
    with up(tmp_path_factory.mktemp("demo") / "var") as running:
        yield running
