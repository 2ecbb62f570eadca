"""One socket: plain frames are read here, and ready ones go straight to the transport."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, MutableSet
from typing import Any, Final, cast

from websockets.exceptions import ProtocolError
from websockets.frames import Close, CloseCode
from websockets.utils import apply_mask as slow_mask

from server.realtime.lean.strict import Strict
from server.realtime.wire import CLOSE_SECONDS, Deaf, Listener, hand_over, nobody

try:
    from websockets.speedups import apply_mask
except ImportError:  # no compiled part for this machine
    apply_mask = slow_mask

TEXT: Final = 0x81  # final frames, no extension
CLOSE: Final = 0x88
PING: Final = 0x89
PONG: Final = 0x8A
KINDS: Final = frozenset((TEXT, CLOSE, PING, PONG))
MASKED: Final = 0x80
LONG: Final = MASKED | 126  # the size is in the next two bytes
LONGEST: Final = 4096  # of a text that is read here

DEAF: Final = Deaf()


class LeanWire(asyncio.Protocol):
    """The protocol of an open socket, and the hub's way to it."""

    __slots__ = (
        "blocked_at",
        "closing",
        "listener",
        "open",
        "pinged",
        "ready",
        "rest",
        "resumed",
        "spoke",
        "strict",
        "transport",
    )

    def __init__(self, transport: asyncio.Transport, open_ones: MutableSet[Any]) -> None:
        self.transport = transport
        self.open = open_ones  # uvicorn's own set, whose members it shuts down
        self.listener: Listener = DEAF
        self.ready = True
        self.blocked_at = 0.0
        self.resumed: Callable[[], None] = nobody
        self.closing = False  # whether our close frame is out
        self.pinged = False  # and has not answered yet
        self.spoke: dict[LeanWire, None] | None = None
        self.strict: Strict | None = None
        self.rest = b""  # of a frame that has not come whole
        open_ones.add(self)

    # what the transport tells

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self.strict is None:
            data = self.read(self.rest + data if self.rest else data)
            if not data:
                return
            self.strict = self.library()
        self.read_strictly(self.strict, data)

    def pause_writing(self) -> None:
        """It takes no more; what it says meanwhile would have to be answered, so it waits too."""
        self.ready = False
        self.blocked_at = time.monotonic()
        if not self.closing:
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.transport.resume_reading()
        if not self.closing:
            self.ready = True
            self.resumed()

    def connection_lost(self, exc: Exception | None) -> None:
        self.open.discard(self)
        self.left()

    def shutdown(self) -> None:
        """The server stops; a reader that does not read must not hold it up."""
        self.goodbye(CloseCode.SERVICE_RESTART, "")
        self.left()
        self.transport.close()

    # what the hub tells

    def write(self, run: bytes) -> None:
        """Finished frames."""
        transport = self.transport
        if self.closing or transport.is_closing():
            self.ready = False
            return
        hand_over(transport, run)

    def close(self, code: int, reason: str) -> None:
        """Say goodbye, and listen no longer than for the answer."""
        self.goodbye(code, reason)
        self.ready = False

    def goodbye(self, code: int, reason: str) -> None:
        if self.closing or self.transport.is_closing():
            return
        self.closing = True
        if self.strict:
            self.strict.send_close(code, reason)
            self.transport.write(self.strict.said())
        else:
            self.transport.write(control(CLOSE, Close(code, reason).serialize()))
        self.transport.resume_reading()  # the answer to our close has to be heard
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, self.transport.abort)

    # what the other side says

    def read(self, data: bytes) -> bytes:
        """Take frame after frame; what is left from the first on that is not plain."""
        at, end = 0, len(data)
        while end - at >= 2:
            start, stop = bounds(data, at)
            if stop > end:
                break
            if not (stop and self.take(data[at], unmasked(data, start, stop))):
                return data[at:]
            at = end if self.transport.is_closing() else stop
        self.rest = data[at:]
        return b""

    def take(self, kind: int, body: bytes) -> bool:
        """A whole frame; False when it breaks a rule."""
        if kind == TEXT:
            try:
                text = body.decode()
            except UnicodeDecodeError:
                return False
            self.listener.heard(text)
        elif kind == PING:
            self.transport.write(control(PONG, body))
        elif kind == PONG:
            self.pinged = False
        else:
            return self.take_leave(body)
        return True

    def take_leave(self, body: bytes) -> bool:
        """The other side closes, or answers our close."""
        try:
            Close.parse(body)
        except (ProtocolError, UnicodeDecodeError):
            return False
        if not self.closing:
            self.transport.write(control(CLOSE, body))
        self.end()
        return True

    # the library, for whatever is not plain

    def library(self) -> Strict:
        self.rest = b""
        strict = Strict(lambda text: self.listener.heard(text), self.ponged)
        if self.closing:
            strict.send_close(CloseCode.NORMAL_CLOSURE)
            strict.said()  # was said
        return strict

    def read_strictly(self, strict: Strict, data: bytes) -> None:
        strict.receive_data(data)
        self.transport.write(strict.said())
        if strict.eof_sent:
            self.end()

    def ponged(self) -> None:
        self.pinged = False

    # how it ends

    def end(self) -> None:
        """All is said: nothing more is read."""
        self.closing = True
        self.ready = False
        self.left()
        self.transport.close()
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, self.transport.abort)

    def left(self) -> None:
        """Let go of everybody who knows this socket, so that nothing has to look for it later."""
        self.ready = False
        if self.spoke is not None:
            self.spoke.pop(self, None)
        listener, self.listener = self.listener, cast(Listener, DEAF)
        self.resumed = nobody
        self.strict = None
        listener.gone()


def bounds(data: bytes, at: int) -> tuple[int, int]:
    """Where the body of a plain frame begins and where it ends; 0, 0 for any other frame."""
    kind, size = data[at], data[at + 1]
    if kind not in KINDS or size < MASKED or size > LONG:
        return 0, 0
    if size < LONG:
        return at + 6, at + 6 + size - MASKED
    size = int.from_bytes(data[at + 2 : at + 4])
    if kind != TEXT or size > LONGEST:
        return 0, 0
    return at + 8, at + 8 + size


def unmasked(data: bytes, start: int, stop: int) -> bytes:
    return apply_mask(data[start:stop], data[start - 4 : start])


def control(kind: int, body: bytes) -> bytes:
    """A small frame, ready for the transport."""
    return bytes((kind, len(body))) + body
