"""Who may open a socket, and what is told to whoever may not."""

from __future__ import annotations

from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.realtime.serving import Served, closed, hear, say
from tests.realtime.shelf import BAR


async def test_what_is_no_message_ends_the_socket(bar: Served) -> None:
    for message in (b"\x00\xff", "{", "x" * 9_000, "[" * 8_000):
        async with bar.client() as client:
            await client.send(message)

            assert "error" in await hear(client)
            assert await closed(client) == 4502


async def test_a_message_far_too_large_never_reaches_us(bar: Served) -> None:
    async with bar.client() as client:
        await client.send("x" * 100_000)

        assert await closed(client) == 1009


async def test_a_flood_is_closed(bar: Served) -> None:
    async with bar.client() as client:
        with suppress(ConnectionClosed):
            for n in range(1_000):
                await say(client, {"ping": n})

        assert await closed(client) == 4003


async def test_whoever_is_not_signed_in_is_told_so(bar: Served) -> None:
    async with bar.client(cookie="nobody") as client:
        assert await closed(client) == 4500


STRANGE = [
    None,
    "null",
    "http://bar.example.org",
    "https://bar.example.org:8443",
    "https://bar.example.org.evil.test",
    "https://evilbar.example.org",
    "https://bar.example.org/",
    "HTTPS://BAR.EXAMPLE.ORG.",
]


async def test_pages_of_others_are_refused(bar: Served) -> None:
    for origin in STRANGE:
        with pytest.raises(InvalidStatus, match="403"):
            async with bar.client(origin=origin):
                pass


async def test_a_program_with_a_token_needs_no_origin(bar: Served) -> None:
    token = {"Authorization": "Bearer key"}
    async with bar.client(origin=None, additional_headers=token, subprotocols=None) as client:
        await say(client, {"subscribe": BAR})

        assert (await hear(client))["subscribed"] == BAR
        assert client.subprotocol is None
