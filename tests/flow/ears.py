"""Sockets that follow a channel and note when each event came, at as little cost as possible."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import AsyncExitStack
from typing import Final

import orjson

from server.realtime.protocol import SUBPROTOCOL

POSITION: Final = re.compile(
    rb'^\{"event":"[a-z.]+","channel":"[^"]+","offset":(\d+),"at":"([^"]+)"'
)
NONCE: Final = "dGhlIHNhbXBsZSBub25jZQ=="
PATIENCE: Final = 60.0
MASKED: Final = 0x80
TEXT: Final = 0x81
PING: Final = 0x89
PONG: Final = 0x8A


class Ear(asyncio.Protocol):
    """One socket. `heard` is offset → the time at which its frame was complete."""

    def __init__(self, host: str, key: str, channel: str) -> None:
        self.host = host
        self.key = key
        self.channel = channel
        self.unread = b""
        self.open = self.lost = False
        self.following = asyncio.Event()
        self.stirred = asyncio.Event()
        self.offsets: list[int] = []
        self.heard: dict[int, float] = {}
        self.stamps: dict[int, bytes] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        lines = [
            "GET /live HTTP/1.1",
            f"Host: {self.host}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {NONCE}",
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
            f"Authorization: Bearer {self.key}",
        ]
        transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self.unread += data
        if not self.open:
            head, found, rest = self.unread.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self.open, self.unread = True, rest
            self.transport.write(masked(orjson.dumps({"subscribe": self.channel})))
        self.read_frames(now)

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        self.stirred.set()

    def read_frames(self, now: float) -> None:
        at, unread = 0, self.unread
        while (frame := whole(unread, at)) is not None:
            kind, (start, at) = unread[at], frame
            if kind == PING:
                self.transport.write(masked(unread[start:at], PONG))
            else:
                self.note(unread[start:at], now)
        self.unread = unread[at:]

    def note(self, body: bytes, now: float) -> None:
        found = POSITION.match(body)
        if found:
            offset = int(found[1])
            self.offsets.append(offset)
            self.heard[offset] = now
            self.stamps[offset] = found[2]
            self.stirred.set()
        elif b'"snapshot"' in body[:20]:
            self.following.set()

    async def until(self, offset: int, seconds: float) -> None:
        """Wait until an event was heard."""
        async with asyncio.timeout(seconds):
            while not self.offsets or self.offsets[-1] < offset:
                assert not self.lost, f"closed after {self.offsets[-1:]}"
                self.stirred.clear()
                await self.stirred.wait()


async def listening(stack: AsyncExitStack, url: str, key: str, location: int) -> Ear:
    """A socket that follows a location and has its snapshot, until the stack is left."""
    host, _, port = url.removeprefix("http://").partition(":")
    transport, ear = await asyncio.get_running_loop().create_connection(
        lambda: Ear(f"{host}:{port}", key, f"location:{location}"), host, int(port)
    )
    stack.callback(transport.close)
    async with asyncio.timeout(PATIENCE):
        await ear.following.wait()
    return ear


def whole(unread: bytes, at: int) -> tuple[int, int] | None:
    """Where the body of the frame at this place begins and ends; None while it is not all there."""
    if len(unread) < at + 2:
        return None
    size, start = unread[at + 1], at + 2
    wide = {126: 2, 127: 8}.get(size, 0)
    if wide:
        size, start = int.from_bytes(unread[start : start + wide]), start + wide
    return (start, start + size) if len(unread) >= start + size else None


def masked(body: bytes, kind: int = TEXT) -> bytes:
    """A small frame as clients send it, with a mask that changes nothing."""
    assert len(body) < 126
    return bytes((kind, MASKED | len(body), 0, 0, 0, 0)) + body
