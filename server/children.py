"""The processes under the supervisor: guarded, listened to, and started again when they die."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from server.console import CannotStart, say
from server.door import HANDED_ON
from server.guard import guarded

SHORT_LIFE_SECONDS = 3.0
LONGEST_PAUSE_SECONDS = 8.0


class Voice:
    """What one life of a process says, line by line."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.unfinished = b""

    def lines(self) -> list[str]:
        """What came since the last look; the stream is closed after the last word."""
        said = os.read(self.stream.fileno(), 65536)
        if not said:
            self.stream.close()
        whole = (self.unfinished + said).split(b"\n")
        self.unfinished = whole.pop() if said or not whole[-1] else b""
        return [line.decode(errors="replace") for line in whole]


class Child:
    """One program of ours, over all its lives."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self.command = command
        self.environment = {**environment, "PYTHONUNBUFFERED": "1"}
        self.ports: list[int] = []
        self.process: subprocess.Popen[bytes] | None = None

    def listen_at(self, door: socket.socket) -> None:
        """Let it take its callers from a door that stays open over its lives."""
        self.ports = [door.fileno()]
        self.environment[HANDED_ON] = str(door.fileno())

    def start(self) -> Voice:
        self.process = subprocess.Popen(
            guarded(self.command, ending=signal.SIGKILL),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self.ports,
            start_new_session=True,  # Ctrl-C is for us: we stop it in order
        )
        assert self.process.stdout
        return Voice(self.process.stdout)

    def status(self) -> int | None:
        """How it ended; None while it lives."""
        return self.process.poll() if self.process else 0

    def signal(self, number: signal.Signals) -> None:
        if self.process:
            self.process.send_signal(number)


class Mending:
    """Starts again what has died, after a pause that grows while it keeps dying young."""

    def __init__(
        self, name: str, status: Callable[[], int | None], start: Callable[[], None]
    ) -> None:
        self.name = name
        self.status = status
        self.start = start
        self.born = time.monotonic()
        self.short_lives = 0
        self.due: float | None = None

    def look(self) -> None:
        status = self.status()
        if status is None:
            return
        if self.due is None:
            self.plan(obituary(status))
        elif self.due <= time.monotonic():
            self.due, self.born = None, time.monotonic()
            try:
                self.start()
            except CannotStart as cannot:
                say(str(cannot))

    def plan(self, why: str) -> None:
        young = time.monotonic() - self.born < SHORT_LIFE_SECONDS
        self.short_lives = min(self.short_lives + 1, 6) if young else 0
        pause = (
            min(0.125 * 2**self.short_lives, LONGEST_PAUSE_SECONDS) if self.short_lives > 1 else 0
        )
        self.due = time.monotonic() + pause
        say(f"{self.name} {why}; starting it again" + (f" in {pause:.1f} s." if pause else "."))


def obituary(status: int) -> str:
    if status >= 0:
        return f"ended with exit status {status}"
    return f"was ended by {signal.Signals(-status).name}"
