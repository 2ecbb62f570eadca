"""Whatever a request looks like, the lean way answers it as uvicorn's own would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from server.realtime.lean.wire import LeanWire
from tests.realtime.lean.frames import client_frame
from tests.realtime.lean.heads import ODD, PLAIN, head
from tests.realtime.patience import PATIENCE
from tests.realtime.serving import Served, bar_house, served


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
async def both() -> AsyncIterator[tuple[Served, Served]]:
    """The same house by the lean way and by the stock one."""
    async with AsyncExitStack() as stack:
        lean = await stack.enter_async_context(served(bar_house(), "lean"))
        yield lean, await stack.enter_async_context(served(bar_house(), "direct"))


async def answer(bar: Served, request: bytes) -> tuple[bytes, ...]:
    """The status, the subprotocol, and how the conversation goes on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", bar.port)
    try:
        async with asyncio.timeout(PATIENCE):
            writer.write(request)
            told = await until_blank(reader)
            status, *lines = told.split(b"\r\n")
            chosen = [line for line in lines if line.lower().startswith(b"sec-websocket-")]
            if b" 101 " not in status:
                return (status,)
            writer.write(client_frame(1, b'{"ping":7}'))
            return status, *sorted(line.lower() for line in chosen), await reader.read(2)
    finally:
        writer.close()


async def until_blank(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as cut:
        return cut.partial


async def test_odd_requests_are_answered_as_the_stock_way_would(
    both: tuple[Served, Served],
) -> None:
    lean, stock = both

    for name, request in (PLAIN | ODD).items():
        assert await answer(lean, request) == await answer(stock, request), name

    assert len(ODD) >= 51


def lean_ones(bar: Served) -> int:
    open_ones: set[Any] = bar.server.server_state.connections
    return sum(isinstance(one, LeanWire) for one in open_ones)


async def test_plain_requests_go_the_lean_way(both: tuple[Served, Served]) -> None:
    lean, stock = both

    for bar, expected in ((lean, 1), (stock, 0)):
        async with bar.board():
            assert lean_ones(bar) == expected


async def test_a_connection_that_served_a_page_may_open_a_socket(
    both: tuple[Served, Served],
) -> None:
    for bar in both:
        reader, writer = await asyncio.open_connection("127.0.0.1", bar.port)
        writer.write(b"GET /nothing HTTP/1.1\r\nHost: bar.example.org\r\n\r\n")
        assert b"404" in await until_blank(reader)
        await reader.readexactly(len(b"Not Found"))
        writer.write(head())

        assert b" 101 " in await until_blank(reader)
        writer.close()
        await writer.wait_closed()


async def test_a_request_in_pieces_is_plain_all_the_same(both: tuple[Served, Served]) -> None:
    lean, _ = both
    reader, writer = await asyncio.open_connection("127.0.0.1", lean.port)
    for at in range(0, len(head()), 40):
        writer.write(head()[at : at + 40])
        await writer.drain()
        await asyncio.sleep(0)

    assert b" 101 " in await until_blank(reader)
    assert lean_ones(lean) == 1
    writer.close()
