"""Every way to a socket, on both loops."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.realtime.serving import Served, bar_house, served

SETTINGS = [("lean", False), ("lean", True), ("direct", False), ("direct", True), ("asgi", False)]
NAMES = [way + "-uvloop" * uvloop for way, uvloop in SETTINGS]


@pytest.fixture(scope="module", params=SETTINGS, ids=NAMES)
def setting(request: pytest.FixtureRequest) -> tuple[str, bool]:
    way: str
    uvloop: bool
    way, uvloop = request.param
    return way, uvloop


@pytest.fixture(scope="module")
def anyio_backend(setting: tuple[str, bool]) -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": setting[1]}


@pytest.fixture
def way(setting: tuple[str, bool]) -> str:
    return setting[0]


@pytest.fixture
async def bar(way: str) -> AsyncIterator[Served]:
    async with served(bar_house(), way) as server:
        yield server
