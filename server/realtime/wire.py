"""The way to a socket: ready frames go in, and it says when it takes no more."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, Protocol

from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected

from server.realtime import frames

SENT_AT_ONCE: Final = 16
CLOSE_SECONDS: Final = 2.0  # for the last words to a socket that takes nothing
BUFFER_BYTES: Final = 256 * 1024  # unread; with more a socket is given up

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Wire(Protocol):
    """What a connection needs of its socket."""

    ready: bool  # whether more may be written now
    blocked_at: float  # since when it is not ready
    resumed: Callable[[], None]  # called when it is ready again

    def write(self, run: bytes) -> None:
        """Finished frames; small ones are taken even while not ready."""

    def close(self, code: int, reason: str) -> None:
        """Say goodbye, and let go within seconds even if the other side does not listen."""


class Listener(Protocol):
    """Who is told what comes in."""

    def heard(self, text: str | None) -> None: ...
    def gone(self) -> None: ...


class Deaf:
    """A socket that is closed as soon as it opens: whatever it says does not matter."""

    def heard(self, text: str | None) -> None: ...
    def gone(self) -> None: ...


def nobody() -> None:
    """Nobody waits for this wire yet."""


def hand_over(transport: asyncio.WriteTransport, run: bytes) -> None:
    """Write finished frames, unless too much of them lies there already: then the socket goes."""
    transport.write(run)
    if transport.get_write_buffer_size() > BUFFER_BYTES:
        transport.abort()


class AsgiWire:
    """Any ASGI server: one message at a time through its own `send`."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.ready = True
        self.blocked_at = 0.0
        self.resumed: Callable[[], None] = nobody
        self.waiting: deque[MutableMapping[str, Any]] = deque()
        self.stirred = asyncio.Event()
        self.deadline: asyncio.Timeout | None = None
        self.closed = False

    def write(self, run: bytes) -> None:
        if not self.closed:
            self.put(*({"type": "websocket.send", "text": text} for text in frames.texts(run)))

    def close(self, code: int, reason: str) -> None:
        if not self.closed:
            self.put({"type": "websocket.close", "code": code, "reason": reason})
            self.closed = True
            self.finish_within(CLOSE_SECONDS)

    def stop(self) -> None:
        """The other side is gone: nothing that still waits can be said."""
        self.closed = True
        self.waiting.clear()
        self.stirred.set()
        self.finish_within(0)

    def put(self, *messages: MutableMapping[str, Any]) -> None:
        self.waiting.extend(messages)
        self.stirred.set()
        if self.ready:
            self.ready = False
            self.blocked_at = time.monotonic()

    def finish_within(self, seconds: float) -> None:
        if self.deadline and not self.deadline.expired():
            self.deadline.reschedule(asyncio.get_running_loop().time() + seconds)

    async def pump(self) -> None:
        """Send what is written until the goodbye is said, or cannot be."""
        try:
            async with asyncio.timeout(None) as self.deadline:
                if self.closed:
                    self.finish_within(CLOSE_SECONDS)
                while not self.closed or self.waiting:
                    await self.stirred.wait()
                    await self.drain()
        except (TimeoutError, OSError, WebSocketDisconnect, WebSocketDisconnected):
            return  # it takes nothing, or is gone
        finally:
            self.deadline = None

    async def drain(self) -> None:
        self.stirred.clear()
        sent = 0
        while self.waiting:
            await self.send(self.waiting.popleft())
            sent += 1
            if sent % SENT_AT_ONCE == 0:  # a server's `send` need not ever let others run
                await asyncio.sleep(0)
        if not self.closed:
            self.ready = True
            self.resumed()


async def listen(listener: Listener, receive: Receive) -> None:
    """Hand on what comes in until the socket is gone."""
    try:
        while (message := await receive())["type"] != "websocket.disconnect":
            listener.heard(message.get("text"))
    finally:
        listener.gone()


async def converse(listener: Listener, receive: Receive, wire: AsgiWire) -> None:
    """Both directions of one socket, until either ends."""
    try:
        async with asyncio.TaskGroup() as both:
            listening = both.create_task(listen(listener, receive))
            listening.add_done_callback(lambda _: wire.stop())
            await wire.pump()
            listening.cancel()
    finally:
        listener.gone()  # the listening may have been cancelled before it began
