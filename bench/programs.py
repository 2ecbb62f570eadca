"""Programs that a measurement starts; none outlives it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from bench.machine import cores, on_core
from server.environment import ROOT
from server.guard import guarded
from server.settings import Settings

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 20.0
OURS: Final = {name.upper() for name in Settings.model_fields}


class Failed(Exception):
    """A program ended, or did not do what it was started for."""


class Program:
    """A process on one core; what it has to say about errors is kept in a file."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        core: int,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        self.log = log
        with log.open("ab") as errors, on_core(core):
            self.process = subprocess.Popen(
                guarded(command, ending=signal.SIGKILL),
                env={**kept, **(settings or {})},
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def tell(self, word: str) -> None:
        """Say a word to its standard input."""
        assert self.process.stdin
        self.process.stdin.write(f"{word}\n".encode())
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """The next line of JSON that it says."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"{self.log.name}: {self.said()}")
        heard: dict[str, Any] = orjson.loads(line)
        return heard

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]

    def wait(self, condition: Callable[[], bool]) -> None:
        """Until something is so; its last words if it ends before."""
        give_up = time.monotonic() + START_SECONDS
        while not condition():
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise Failed(f"{self.log.name}: {self.said()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ask it to end, and do not wait for ever."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.let_go()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def let_go(self) -> None:
        for end in (self.process.stdin, self.process.stdout):
            if end:
                end.close()


def python(*words: str) -> list[str]:
    return [sys.executable, "-m", *words]


def serving(
    command: Sequence[str], log: Path, settings: Mapping[str, str] | None = None
) -> Program:
    """A server, alone on its core."""
    return Program(command, log, core=cores()[0], settings=settings)


def loading(
    command: Sequence[str], log: Path, settings: Mapping[str, str] | None = None
) -> Program:
    """Whatever makes a server work, on the other core."""
    return Program(command, log, core=cores()[1], settings=settings)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def answers(port: int, path: str = "/") -> bool:
    """Whether a server says 200 to a plain request."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as caller:
            caller.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            return caller.recv(64).startswith((b"HTTP/1.1 200", b"HTTP/1.1 404"))
    except OSError:
        return False
