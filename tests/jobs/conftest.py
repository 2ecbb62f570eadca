"""A house for jobs, over the scene's database."""

import pytest

from server.db import Database
from tests.workplace import Workplace


@pytest.fixture
def house(database: Database) -> Workplace:
    return Workplace.over(database)
