"""Unusual frames, by the websockets library: fragments, bytes, long or wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

MESSAGE_BYTES: Final = 64 * 1024


class Strict(ServerProtocol):
    """The library's state machine for one open socket, which hands on each message as it is read.

    Not chunk by chunk: so nothing is lost that came together with a bad frame.
    """

    def __init__(self, heard: Callable[[str | None], None], ponged: Callable[[], None]) -> None:
        super().__init__(state=State.OPEN, max_size=MESSAGE_BYTES)
        self.heard = heard
        self.ponged = ponged
        self.pieces: list[bytes] = []
        self.text = True

    def recv_frame(self, frame: Frame) -> None:
        """A frame was read; what is raised here, the library turns into a close code."""
        super().recv_frame(frame)
        if frame.opcode is Opcode.PONG:
            self.ponged()
        elif frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self.text = frame.opcode is Opcode.TEXT
            self.pieces = [bytes(frame.data)]
            self.complete(frame)
        elif frame.opcode is Opcode.CONT:
            self.pieces.append(bytes(frame.data))
            self.complete(frame)

    def complete(self, frame: Frame) -> None:
        if frame.fin:
            message = b"".join(self.pieces)
            self.pieces = []
            self.heard(message.decode() if self.text else None)

    def said(self) -> bytes:
        """What there is to write."""
        self.events_received()  # handed on already
        return b"".join(self.data_to_send())
