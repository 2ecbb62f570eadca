"""The first words of a connection are read as uvicorn's parser reads them, or left to it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from server.realtime.lean.arrival import FIRST, HEAD, headers, unfinished
from server.realtime.lean.handshake import HEAD_BYTES, Header
from server.realtime.lean.wire import LeanWire
from tests.realtime.lean.frames import client_frame
from tests.realtime.lean.heads import ODD, PLAIN, head
from tests.realtime.patience import PATIENCE, eventually
from tests.realtime.serving import bar_house, served

NAMES: Final = some.text("-!~.abXYZ019 :\t\x01ä", min_size=0, max_size=6)
VALUES: Final = some.text(" \t,;:=/abXYZ019\x01\x7fä\r\n", max_size=8)


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": True}


class Heard:
    """What httptools makes of a head."""

    def __init__(self) -> None:
        self.headers: list[Header] = []
        self.over = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.over = True


def by_httptools(request: bytes) -> list[Header]:
    heard = Heard()
    with contextlib.suppress(httptools.HttpParserUpgrade):
        httptools.HttpRequestParser(heard).feed_data(request)
    assert heard.over
    return heard.headers


@settings(max_examples=1_000)
@given(some.lists(some.tuples(NAMES, VALUES), max_size=4))
def test_whatever_is_read_here_httptools_reads_alike(lines: list[tuple[str, str]]) -> None:
    odd = "".join(f"{name}:{value}\r\n" for name, value in lines).encode("latin-1")
    request = head()[:-2] + odd + b"\r\n"

    if HEAD.fullmatch(request):
        assert headers(request) == by_httptools(request)


def test_plain_requests_are_read_here_and_odd_ones_are_not() -> None:
    assert all(HEAD.fullmatch(request) for request in PLAIN.values())
    for name in ("a query", "POST", "HTTP/1.0", "a folded line", "no colon", "a control character"):
        assert not HEAD.fullmatch(ODD[name])
    assert not HEAD.fullmatch(head() + client_frame(1, b"early"))


def test_a_head_without_an_end_is_not_waited_for_without_bound() -> None:
    assert unfinished(b"G")
    assert unfinished(FIRST)
    assert unfinished(head()[:-1])
    assert not unfinished(b"POST ")
    assert not unfinished(head())
    assert not unfinished(FIRST + b"X: " + b"x" * HEAD_BYTES)


async def test_a_request_may_be_cut_anywhere() -> None:
    async with served(bar_house(), "lean") as bar:
        open_ones: set[Any] = bar.server.server_state.connections
        for at in range(1, len(head()), 7):
            reader, writer = await asyncio.open_connection("127.0.0.1", bar.port)
            writer.write(head()[:at])
            await eventually(lambda: [one for one in open_ones if getattr(one, "begun", b"")])
            writer.write(head()[at:])
            async with asyncio.timeout(PATIENCE):
                assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
            assert [type(one) for one in open_ones] == [LeanWire]
            writer.close()
            await eventually(lambda: not open_ones)


async def test_a_connection_that_says_nothing_does_not_hold_up_the_end() -> None:
    async with served(bar_house(), "lean") as bar:
        reader, writer = await asyncio.open_connection("127.0.0.1", bar.port)
        await eventually(lambda: bar.server.server_state.connections)
        async with asyncio.timeout(PATIENCE):
            await bar.stop()
            assert await reader.read() == b""
        writer.close()
