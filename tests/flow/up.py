"""`python3 -m server up` as it is, asked and looked at from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.flow.programs import Program, ready, run

ADDRESS: Final = re.compile(r"Heard is up: (http://\S+)")
MAXIMUM: Final = "1000"  # sockets of one person: tests open all of theirs with one key


class Up:
    """The supervisor and everything under it."""

    def __init__(self, var: Path, **settings: str) -> None:
        self.var = var
        self.settings = {"VAR_DIR": str(var), "PORT": "0", **settings}
        own = {**self.settings, "SOCKETS_PER_PERSON": MAXIMUM}
        self.program = Program(("server", "up"), own, var.with_suffix(".log"))
        self.url = ""

    def start(self) -> None:
        """Until it says where it is, and is there."""
        said = len(self.program.whole())
        self.program.start()
        self.program.wait(lambda: "Ctrl-C" in self.program.whole()[said:])
        [self.url] = ADDRESS.findall(self.program.whole()[said:])
        self.program.wait(lambda: ready(self.url))

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2]

    @property
    def live(self) -> str:
        return f"ws{self.url.removeprefix('http')}/live"

    def command(self, *words: str, timeout: float = 60.0) -> str:
        """What a command says that is typed beside it."""
        return run("server", *words, timeout=timeout, settings={**self.settings, "PORT": self.port})

    def key(self) -> str:
        """A new API key."""
        return self.command("key").strip()


@contextmanager
def up(var: Path, **settings: str) -> Iterator[Up]:
    """It runs; it is gone, whatever happens, when this is left."""
    running = Up(var, **settings)
    try:
        running.start()
        yield running
    finally:
        running.program.kill()
