"""`up`: Valkey, database, web and worker as one thing that is started, watched, mended and stopped.

This process stays small: it imports neither the web nor the database; they run in its children.
"""

import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from server.children import Child, Mending, obituary
from server.console import CannotStart, say, saying
from server.door import address, listener
from server.embedded import Valkey
from server.lan import beside
from server.loop import Loop, reachable

READY_SECONDS = 60.0
LAN = ("0.0.0.0", 8443)  # noqa: S104  # tablets come from outside
SETUP = ("0.0.0.0", 8000, "SETUP_PORT")  # noqa: S104
PICTURE = frozenset("█▀▄")
STOP_SECONDS = 8.0  # the grace of web and worker; with Valkey's two it stays within ten
LAST_WORDS_SECONDS = 0.5


class Stopped(Exception):
    """We were asked to stop."""


Commands = Mapping[str, Sequence[str]]


def command(name: str) -> Sequence[str]:
    return [sys.executable, "-m", "server", name]


STEPS: Commands = {
    "Bringing the database up to date": command("seed"),
}
CERTIFICATE = "Making sure of the certificate"
LAN_STEPS: Commands = {
    "Bringing the database up to date": [*command("seed"), "--private"],
    CERTIFICATE: [sys.executable, "-m", "server.lan", "certificate"],
}
SETUP_PAGE = [sys.executable, "-m", "server.lan", "page"]


def programs() -> Commands:
    """On SQLite one server process carries the jobs too; PostgreSQL serves any number."""
    sqlite = (os.environ.get("DATABASE_URL") or "sqlite:").startswith("sqlite")
    return {name: command(name) for name in (["web"] if sqlite else ["web", "worker"])}


def up(programs: Commands, steps: Commands = STEPS, *, lan: bool = False) -> int:
    """Run everything until asked to stop; answers the exit status."""
    try:
        with ExitStack() as house:
            run(house, programs, LAN_STEPS if lan else steps, lan)
    except (Stopped, KeyboardInterrupt):
        say("Stopped.")
    except CannotStart as refused:
        say(f"Heard does not start: {refused}")
        return 1
    return 0


def run(house: ExitStack, programs: Commands, steps: Commands, lan: bool) -> NoReturn:
    var = beside.var()
    house.enter_context(only_one(var))
    beside.forget()
    supervisor = Supervisor(house.enter_context(listener(*(address(*LAN) if lan else address()))))
    if lan:
        if os.environ.get("TLS_CERT"):
            raise CannotStart("--lan makes a certificate, but TLS_CERT names one: take either.")
        house.callback(beside.forget)
        supervisor.open_setup(house.enter_context(listener(*address(*SETUP), SETUP[2])))
    if not os.environ.get("REDIS_URL"):
        with saying("Starting Valkey"):
            supervisor.keep(house.enter_context(Valkey(var / "redis", persistent=True)))
    house.callback(supervisor.stop)
    told: list[str] = []  # by the steps: the logins, and where tablets begin
    for sentence in steps:
        told += supervisor.take(sentence, steps[sentence])
    supervisor.environment |= beside.read()
    say(f"Starting {' and '.join(programs)} …")
    for name in programs:
        supervisor.start(name, programs[name])
    if lan:
        supervisor.start("setup", SETUP_PAGE)
    supervisor.wait_until_ready()
    announce(supervisor.door, told, supervisor.environment)
    supervisor.watch()


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Hold the directory: two of us would share one database and one dump of Valkey."""
    try:
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (var / "up.lock").open("a+")
    except OSError as error:
        raise CannotStart(f"{var} cannot be written: {error.strerror}. Set VAR_DIR.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"another one already runs on {var.resolve()}. Stop it first, or give this one "
                "a directory and a port of its own: VAR_DIR=var2 PORT=8001 python3 -m server up"
            ) from None
        yield


def announce(door: socket.socket, told: Sequence[str], settings: Mapping[str, str]) -> None:
    address = public_address(door, settings)
    say("\n".join(["", f"Heard is up: {address}", *map(bright, told)]))
    if not address.startswith("https:") and not door.getsockname()[0].startswith(("127.", "::1")):
        say(
            "Other machines reach it without TLS: passwords travel readable, and browsers keep "
            "camera, service worker and wake lock off."
        )
    say("Ctrl-C stops it.\n")


def bright(line: str) -> str:
    """A line of a picture is light on dark, whatever the terminal's colours."""
    return f"\x1b[97;40m{line}\x1b[0m" if PICTURE & {*line} and sys.stdout.isatty() else line


def public_address(door: socket.socket, settings: Mapping[str, str]) -> str:
    host, port = reachable(door)
    scheme = "https" if settings.get("TLS_CERT") else "http"
    own = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    return settings.get("PUBLIC_URL") or own


class Supervisor:
    """Starts the children, looks after them, and stops them."""

    def __init__(self, door: socket.socket) -> None:
        self.loop = Loop()
        self.door = door
        self.doors = {"web": door}
        self.environment = {**os.environ, "PORT": str(door.getsockname()[1])}
        self.children: list[Child] = []
        self.mendings: list[Mending] = []

    def open_setup(self, door: socket.socket) -> None:
        """The second door of `up --lan`, which speaks plain HTTP."""
        self.doors["setup"] = door
        host, port = self.door.getsockname()[0], door.getsockname()[1]
        self.environment |= {"HOST": host, "SETUP_PORT": str(port)}

    def keep(self, valkey: Valkey) -> None:
        self.environment["REDIS_URL"] = valkey.url
        self.mendings.append(Mending("Valkey", valkey.status, valkey.start))

    def take(self, sentence: str, command: Sequence[str]) -> list[str]:
        """Take one step of the preparation; answers what it said."""
        said: list[str] = []
        step = Child(sentence, command, self.environment)
        with saying(sentence):
            self.children.append(step)
            self.loop.hear(step.start(), said.append)
            while self.loop.voices or step.status() is None:
                self.turn()
            self.children.remove(step)
            if status := step.status():
                raise CannotStart("\n".join([f"this step {obituary(status)}.", *said]))
        return said

    def start(self, name: str, command: Sequence[str]) -> None:
        child = Child(name, command, self.environment)
        if name in self.doors:
            child.listen_at(self.doors[name])
        self.children.append(child)

        def start() -> None:
            self.loop.hear(child.start(), lambda line: say(f"{name:<6} | {line}"))

        start()
        self.mendings.append(Mending(name, child.status, start))

    def wait_until_ready(self) -> None:
        """Until the web answers; what dies before that would only die again."""
        answers: list[bool] = []
        self.loop.knock(self.door, lambda: answers.append(True))
        give_up = time.monotonic() + READY_SECONDS
        while not answers:
            self.turn()
            for child in self.children:
                if (status := child.status()) is not None:
                    raise CannotStart(f"{child.name} {obituary(status)}; its last words are above.")
            if time.monotonic() > give_up:
                raise CannotStart(f"nothing has answered for {READY_SECONDS:.0f} s.")

    def watch(self) -> NoReturn:
        while True:
            self.turn()
            for mending in self.mendings:
                mending.look()

    def turn(self) -> None:
        self.loop.turn()
        if self.loop.asked:
            raise Stopped

    def stop(self) -> None:
        """The door first, then web and worker together; Valkey ends after them, by its owner."""
        if self.living():
            say("Stopping …")
        for door in self.doors.values():
            door.close()
        self.signal(signal.SIGTERM)
        self.turn_while(self.living, STOP_SECONDS)
        self.signal(signal.SIGKILL)
        self.turn_while(lambda: self.loop.voices, LAST_WORDS_SECONDS)

    def turn_while(self, unfinished: Callable[[], object], seconds: float) -> None:
        give_up = time.monotonic() + seconds
        while unfinished() and self.loop.asked < 2 and time.monotonic() < give_up:
            self.loop.turn()

    def signal(self, number: signal.Signals) -> None:
        for child in self.living():
            child.signal(number)

    def living(self) -> list[Child]:
        return [child for child in self.children if child.status() is None]
