"""A socket that keeps what is written to it; it can stall, and it can be gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import orjson

from server.realtime import frames
from server.realtime.wire import nobody
from tests.realtime.patience import PATIENCE


class FakeSocket:
    """A wire that keeps what is written; it can stall, and it can be gone."""

    def __init__(self) -> None:
        self.ready = True
        self.blocked_at = 0.0
        self.resumed: Callable[[], None] = nobody
        self.messages: list[dict[str, Any]] = []
        self.writes = 0
        self.bytes = 0
        self.code: int | None = None
        self.room: int | None = None
        self.stirred = asyncio.Event()

    def write(self, run: bytes) -> None:
        assert self.code is None
        self.writes += 1
        self.bytes += len(run)
        self.messages += [orjson.loads(text) for text in frames.texts(run)]
        self.stirred.set()
        if self.room is not None and self.bytes >= self.room:
            self.stall()

    def close(self, code: int, reason: str) -> None:
        assert self.code is None
        assert reason
        self.code = int(code)
        self.ready = False
        self.stirred.set()

    def stall(self) -> None:
        self.ready = False
        self.blocked_at = time.monotonic()

    def recover(self) -> None:
        self.ready = True
        self.room = None
        self.resumed()

    def only(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if kind in message]

    @property
    def offsets(self) -> list[int]:
        return [message["offset"] for message in self.only("event")]

    async def until(self, condition: Callable[[FakeSocket], object]) -> None:
        """Wait for what is written or closed, not for time to pass."""
        async with asyncio.timeout(PATIENCE):
            while not condition(self):
                self.stirred.clear()
                await self.stirred.wait()


def up_to(offset: int) -> Callable[[FakeSocket], object]:
    """Whether a socket has this event as its latest."""
    return lambda socket: socket.offsets[-1:] == [offset]


def settled(socket: FakeSocket) -> bool:
    """Whether the snapshot, if there is one, is complete."""
    parts = socket.only("snapshot")
    return not parts or parts[-1]["part"] == parts[-1]["of"]
