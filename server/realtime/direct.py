"""Straight to the transport: ready frames past uvicorn's `send`, everything else left to it.

These are private parts of uvicorn, so its version is pinned, and a test runs the real server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from server.realtime.wire import CLOSE_SECONDS, hand_over, nobody

EXTENSION: Final = "heard.direct"
UNREADABLE: Final = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: 11\r\nConnection: close\r\n\r\nBad Request"
)


class DirectProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own WebSocket protocol, which shows itself to the application.

    Pass it as `uvicorn.Config(ws=DirectProtocol, ws_per_message_deflate=False)`.
    """

    wire: DirectWire | None = None

    async def run_asgi(self) -> None:
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions[EXTENSION] = self
        await super().run_asgi()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc and not self.handshake_initiated:
            self.unreadable()

    def unreadable(self) -> None:
        """The library reads no such head (9 KB, 200 headers); uvicorn would keep the socket."""
        self.transport.write(UNREADABLE)
        self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.wire:
            self.wire.pause()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.wire:
            self.wire.resume()

    def goodbye(self, code: int, reason: str) -> None:
        """Close without waiting until the other side has read what lies before it."""
        if self.close_sent or self.transport.is_closing() or self.conn.state is not State.OPEN:
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:  # the answer to our close has to be heard
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def shutdown(self) -> None:
        """The server stops; a reader that does not read must not hold it up."""
        super().shutdown()
        self.loop.call_later(CLOSE_SECONDS, self.transport.abort)


class DirectWire:
    """A socket of uvicorn's, written to without a detour."""

    def __init__(self, protocol: DirectProtocol) -> None:
        self.protocol = protocol
        self.ready = True
        self.blocked_at = 0.0
        self.resumed: Callable[[], None] = nobody
        protocol.wire = self
        if not protocol.writable.is_set():
            self.pause()

    def write(self, run: bytes) -> None:
        protocol = self.protocol
        transport = protocol.transport
        if protocol.close_sent or transport.is_closing():
            self.ready = False
            return
        hand_over(transport, run)

    def close(self, code: int, reason: str) -> None:
        self.protocol.goodbye(code, reason)
        self.ready = False

    def pause(self) -> None:
        self.ready = False
        self.blocked_at = time.monotonic()

    def resume(self) -> None:
        if not self.protocol.close_sent:
            self.ready = True
            self.resumed()


def direct(scope: Mapping[str, Any]) -> DirectWire | None:
    """The direct way to this socket, where the server offers it."""
    protocol = scope.get("extensions", {}).get(EXTENSION)
    return DirectWire(protocol) if protocol else None
