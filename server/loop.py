"""The supervisor's ear: signals, deaths, what the children say, the first answer at the door."""

import selectors
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType

from server.children import Voice

LOOK_SECONDS = 0.25
SAME_KEY_SECONDS = 0.5  # a second signal so soon is the echo of the first
HELLO = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Loop:
    def __init__(self) -> None:
        self.asked = 0  # 1: stop, 2: stop at once
        self.asked_at = 0.0
        self.voices = 0  # that have not ended
        self.selector = selectors.DefaultSelector()
        self.hear_signals()

    def turn(self) -> None:
        """Wait until something happens, but not long, and do what it asks for."""
        for key, _ in self.selector.select(LOOK_SECONDS):
            key.data()

    def hear_signals(self) -> None:
        heard, self.bell = socket.socketpair()
        for end in (heard, self.bell):
            end.setblocking(False)
        signal.set_wakeup_fd(self.bell.fileno(), warn_on_full_buffer=False)
        self.selector.register(heard, selectors.EVENT_READ, partial(heard.recv, 4096))
        signal.signal(signal.SIGCHLD, lambda *_: None)  # does nothing, but rings the bell
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.ask)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # it is under nohup
            signal.signal(signal.SIGHUP, self.ask)

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self.asked:
            self.asked, self.asked_at = 1, now
        elif now - self.asked_at > SAME_KEY_SECONDS:
            self.asked = 2

    def hear(self, voice: Voice, tell: Callable[[str], object]) -> None:
        def listen() -> None:
            for line in voice.lines():
                tell(line)
            if voice.stream.closed:
                self.selector.unregister(heard)
                self.voices -= 1

        self.voices += 1
        heard = self.selector.register(voice.stream, selectors.EVENT_READ, listen).fd

    def knock(self, door: socket.socket, answered: Callable[[], None]) -> None:
        """Ask for a page: it comes once a web process takes us in from the queue at the door."""

        def listen() -> None:
            self.selector.unregister(caller)
            with caller, suppress(ConnectionResetError):  # it died: that will be heard as well
                caller.recv(65536)  # a page; or, of one that speaks only TLS, its refusal
                answered()

        caller = socket.create_connection(reachable(door), timeout=5)
        caller.sendall(HELLO)
        self.selector.register(caller, selectors.EVENT_READ, listen)


def reachable(door: socket.socket) -> tuple[str, int]:
    host, port = door.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104
