"""Brokers for one process and for two."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server.embedded import Valkey
from server.realtime.broker import MemoryBroker
from tests.realtime.exchange import Exchange, Two, over


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server of our own, to be killed."""
    with Valkey(tmp_path, persistent=False) as server:
        yield server


@pytest.fixture
def exchange(valkey_url: str) -> Exchange:
    return Exchange(valkey_url)


@pytest.fixture(params=["memory", "redis"])
async def two(request: pytest.FixtureRequest, exchange: Exchange) -> AsyncIterator[Two]:
    if request.param == "memory":
        broker = MemoryBroker()
        async with broker.running():
            yield Two(broker, broker, None)
    else:
        async with over(exchange) as brokers:
            yield brokers
