"""What every test of faults may ask for."""

from collections.abc import Callable, Iterator

import pytest

from tests.faults.meddled import MODULE
from tests.flow.fixtures import foundations, grounds, tell
from tests.flow.foundation import Foundation
from tests.flow.house import House, house

__all__ = ["foundations", "grounds", "tell"]

SOCKETS = "2000"


@pytest.fixture(scope="session")
def pair(
    foundations: Callable[[str], Foundation], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """Two web processes over PostgreSQL, for all; whoever kills one starts it again."""
    var = tmp_path_factory.mktemp("pair")
    more = {"words": (MODULE,), "SOCKETS_PER_PERSON": SOCKETS}
    with house(foundations("postgresql"), var, webs=2, **more) as running:  # type: ignore[arg-type]
        yield running
