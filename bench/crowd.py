"""What generator.c does, in Python: many sockets, every frame counted, and timed by its stamp."""

from __future__ import annotations

import argparse
import re
import selectors
import socket
import sys
import time
from typing import Any, Final

import orjson

from bench.stamps import Stamps
from bench.tally import Board, Tally

READ_BYTES: Final = 1 << 18
QUIET_SECONDS: Final = 0.3
MARK: Final = re.compile(rb"~c(\d{4})n(\d{8})")
OFFSET: Final = re.compile(rb'"offset":(\d+)')
EPOCH: Final = re.compile(rb'"epoch":"([^"]+)"')
PART: Final = re.compile(rb'"part":(\d+),"of":(\d+)')
KEY: Final = "dGhlIHNhbXBsZSBub25jZQ=="


class Crowd:
    """All boards of this process."""

    def __init__(self, asked: argparse.Namespace, stamps: Stamps) -> None:
        self.asked = asked
        slots = (asked.first_channel + asked.channels) * asked.events
        self.tally = Tally(stamps, slots)
        self.boards = [
            Board(asked.first_channel + number % asked.channels, asked.events)
            for number in range(asked.boards)
        ]
        self.sockets: dict[Board, socket.socket] = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(sys.stdin, selectors.EVENT_READ)
        self.bases: dict[int, int] = {}
        self.epoch = ""
        self.ready = self.opened = self.failed = 0
        self.connected: list[float] = []
        self.stopping = False

    # connecting

    def connect_all(self, phase: str, at_once: int) -> None:
        began, waiting = time.monotonic(), iter(self.boards)
        self.failed, self.connected = 0, []
        give_up = began + self.asked.deadline
        while self.ready + self.failed < len(self.boards) and time.monotonic() < give_up:
            while self.opened < at_once and (board := next(waiting, None)):
                self.open(board)
            self.turn(0.1)
        seconds = time.monotonic() - began
        say(
            {
                "phase": phase,
                "boards": self.ready,
                "failed": len(self.boards) - self.ready,
                "seconds": seconds,
                "per_second": self.ready / seconds,
                "p50_ms": quantile(self.connected, 0.5),
                "p99_ms": quantile(self.connected, 0.99),
            }
        )

    def open(self, board: Board) -> None:
        board.clear()
        opened = socket.create_connection(("127.0.0.1", self.asked.port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        board.state = "shaking"
        self.sockets[board] = opened
        self.selector.register(opened, selectors.EVENT_READ, board)
        self.opened += 1
        path = self.asked.path.replace("%d", str(board.channel))
        lines = [
            f"GET {path} HTTP/1.1",
            "Host: 127.0.0.1",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {KEY}",
            "Sec-WebSocket-Version: 13",
            *(["Sec-WebSocket-Protocol: heard.v1"] if self.asked.mode == "heard" else []),
            *([self.asked.header] if self.asked.header else []),
        ]
        opened.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())

    def shut(self, board: Board, *, counted: bool = True) -> None:
        if board.state == "ready":
            self.ready -= 1
            self.tally.number["dropped"] += counted
        else:
            self.opened -= 1
            self.failed += counted
        board.state = "closed"
        self.selector.unregister(self.sockets[board])
        self.sockets.pop(board).close()

    def seat(self, board: Board, now: int) -> None:
        if board.state != "ready":
            board.state = "ready"
            self.opened -= 1
            self.ready += 1
            self.connected.append((now - board.began) / 1e6)

    def again(self) -> None:
        for board in self.boards:
            if board.state != "closed":
                self.shut(board, counted=False)
            board.resuming = True
        self.connect_all("again", len(self.boards))

    # listening

    def turn(self, seconds: float) -> None:
        for key, _ in self.selector.select(seconds):
            if key.data is None:
                self.obey(sys.stdin.readline())
            elif key.data.state != "closed":
                self.read(key.data)

    def obey(self, word: str) -> None:
        if word.startswith("again"):
            self.again()
        else:
            self.stopping = True
            self.selector.unregister(sys.stdin)

    def read(self, board: Board) -> None:
        try:
            data = self.sockets[board].recv(READ_BYTES)
        except ConnectionError:
            data = b""
        if not data:
            self.shut(board)
            return
        self.tally.number["bytes"] += len(data)
        self.take(board, board.rest + data, time.monotonic_ns())

    def take(self, board: Board, data: bytes, now: int) -> None:
        if board.state == "shaking":
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                board.rest = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                sys.stderr.write(head.decode(errors="replace") + "\n")
                self.shut(board)
                return
            self.ask(board, now)
        at = 0
        while board.state != "closed" and (place := body_of(data, at)):
            opcode, at = data[at] & 15, place[1]
            self.frame(board, opcode, data[place[0] : place[1]], now)
        board.rest = data[at:]

    def ask(self, board: Board, now: int) -> None:
        board.state = "asking"
        if self.asked.mode == "plain":
            self.seat(board, now)
        elif self.asked.mode == "heard":
            wish: dict[str, Any] = {"subscribe": f"location:{board.channel}"}
            wish["audience"] = self.asked.audience
            if board.resuming:
                wish |= {"since": board.position, "epoch": self.epoch}
            self.say(board, 1, orjson.dumps(wish))

    def say(self, board: Board, opcode: int, text: bytes) -> None:
        """A client's frames are masked; a key of zeros masks as well as any."""
        size = len(text)
        head = bytes((0x80 | size,)) if size < 126 else bytes((0xFE, size >> 8, size & 255))
        self.sockets[board].sendall(bytes((0x80 | opcode,)) + head + bytes(4) + text)

    def frame(self, board: Board, opcode: int, text: bytes, now: int) -> None:
        if opcode == 9:
            self.say(board, 10, text)
        elif opcode == 8:
            self.tally.closes[int.from_bytes(text[:2])] += 1
            self.shut(board)
        elif opcode == 1:
            {"heard": self.heard, "socketio": self.socketio, "plain": self.plain}[self.asked.mode](
                board, text, now
            )

    def plain(self, board: Board, text: bytes, now: int) -> None:
        number = marked(board, text)
        self.tally.count(board, number, number, now)

    def socketio(self, board: Board, text: bytes, now: int) -> None:
        if text[:1] in (b"0", b"2"):
            self.say(board, 1, b"40" if text[:1] == b"0" else b"3")
        elif text[:2] == b"40":
            self.seat(board, now)
        elif text[:2] == b"42":
            self.plain(board, text, now)

    def heard(self, board: Board, text: bytes, now: int) -> None:
        found = OFFSET.search(text, 0, 300)
        offset = int(found[1]) if found else 0
        if text.startswith(b'{"event":'):
            number = offset - self.bases[board.channel] - 1
            mark = marked(board, text) if self.asked.marked else number
            self.tally.count(board, number, mark, now)
            board.position = max(board.position, offset)
        elif text.startswith(b'{"subscribed"'):
            self.bases.setdefault(board.channel, offset)
            board.target = offset
            board.state = "drawing"
        elif (part := PART.search(text, 0, 300)) and text.startswith(b'{"snapshot"'):
            if (epoch := EPOCH.search(text, 0, 300)) is not None:
                self.epoch = epoch[1].decode()
            if part[1] == part[2]:
                if board.state == "ready":
                    self.tally.number["by_snapshot"] += max(offset - board.position, 0)
                board.position = offset
                self.seat(board, now)
        if board.resuming and board.state == "drawing" and board.position >= board.target:
            self.seat(board, now)

    def listen_until_done(self) -> None:
        give_up = time.monotonic() + self.asked.deadline
        wanted, complete = len(self.boards) * self.asked.events, 0.0
        while not self.stopping and time.monotonic() < give_up:
            self.turn(0.05)
            if self.tally.number["deliveries"] >= wanted:
                complete = complete or time.monotonic()
                if time.monotonic() - complete > QUIET_SECONDS:
                    break


def body_of(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the body of a frame begins and ends; None while it is not whole."""
    if len(data) < at + 2:
        return None
    size, start = data[at + 1] & 127, at + 2
    if size > 125:
        start += 2 if size == 126 else 8
        if len(data) < start:
            return None
        size = int.from_bytes(data[at + 2 : start])
    return (start, start + size) if len(data) >= start + size else None


def marked(board: Board, text: bytes) -> int:
    """The number of an event on the board's channel; below 0 if it is of another."""
    found = MARK.search(text)
    return int(found[2]) if found and int(found[1]) == board.channel else -1


def quantile(values: Any, share: float) -> float:
    """0 where nothing was measured."""
    ordered = sorted(values)
    return float(ordered[int(share * (len(ordered) - 1))]) if ordered else 0.0


def say(line: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(line).decode() + "\n")
    sys.stdout.flush()
