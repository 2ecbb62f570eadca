"""The lean wire beside the websockets library: what each makes of the same bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from server.realtime.lean.strict import MESSAGE_BYTES
from server.realtime.lean.wire import LeanWire
from tests.realtime.test_direct import Transport

BYTE_BY_BYTE: Final = 3_000  # the rest is the body of one long text


@dataclass
class Result:
    """What came of it."""

    messages: list[str | None] = field(default_factory=list)
    written: bytes = b""
    ended: bool = False


class Library:
    """The library, given byte after byte, so that nothing comes together with a bad frame."""

    def __init__(self) -> None:
        self.conn = ServerProtocol(state=State.OPEN, max_size=MESSAGE_BYTES)
        self.result = Result()
        self.pieces: list[bytes] = []
        self.text = True

    def feed(self, data: bytes) -> None:
        single = range(min(len(data), BYTE_BY_BYTE))
        for piece in (*(data[n : n + 1] for n in single), data[BYTE_BY_BYTE:]):
            self.conn.receive_data(piece)
            for event in self.conn.events_received():
                assert isinstance(event, Frame)
                self.take(event)
            self.flush()

    def take(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self.text, self.pieces = frame.opcode is Opcode.TEXT, []
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self.pieces.append(bytes(frame.data))
            if frame.fin:
                self.complete(b"".join(self.pieces))

    def complete(self, message: bytes) -> None:
        try:
            self.result.messages.append(message.decode() if self.text else None)
        except UnicodeDecodeError as error:
            self.conn.fail(1007, f"{error.reason} at position {error.start}")

    def close(self, code: int, reason: str) -> None:
        if self.conn.state is State.OPEN and not self.conn.eof_sent:
            self.conn.send_close(code, reason)
            self.flush()

    def flush(self) -> None:
        self.result.written += b"".join(self.conn.data_to_send())
        self.result.ended = self.conn.eof_sent


class Lean:
    """The wire, with a transport that keeps what is written."""

    def __init__(self) -> None:
        self.transport = Transport()
        self.wire = LeanWire(self.transport, set())
        self.wire.listener = self
        self.messages: list[str | None] = []
        self.left = 0

    def heard(self, text: str | None) -> None:
        self.messages.append(text)

    def gone(self) -> None:
        self.left += 1

    def feed(self, data: bytes) -> None:
        self.wire.data_received(data)

    def close(self, code: int, reason: str) -> None:
        self.wire.close(code, reason)

    @property
    def result(self) -> Result:
        assert self.left == self.transport.closing  # whoever listens is told, and told once
        return Result(self.messages, self.transport.written, self.transport.closing)
