"""`up` with a miniature web under it (up.py), as a process that tests ask and kill."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from redis import Redis

PATIENCE_SECONDS = 15.0


class House:
    def __init__(self, var: Path, behaviour: str, settings: Mapping[str, str]) -> None:
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.launch.up", behaviour],
            env={**os.environ, "VAR_DIR": str(var), "PORT": "0", **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def hear(self, words: str) -> str:
        """The next line that holds these words."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line)
            if words in line:
                return line
        raise AssertionError(f"never said {words!r}, but:\n{''.join(self.said)}")

    def is_up(self) -> str:
        self.address = self.hear("Heard is up").split()[-1]
        self.hear("Ctrl-C")
        return self.address

    def web(self) -> int:
        """The process that answers at the address."""
        return int(self.ask()[0])

    def redis_url(self) -> str:
        return self.ask()[1]

    def valkey(self) -> int:
        """The process that answers at the socket, once there is one."""
        with Redis.from_url(self.redis_url()) as valkey:
            return int(valkey.info("server")["process_id"])

    def ask(self) -> list[str]:
        with urlopen(self.address, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
            words: list[str] = answer.read().decode().split()
            return words

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Its exit status; what it still says is kept."""
        assert self.process.stdout
        self.said += self.process.stdout
        return self.process.wait(PATIENCE_SECONDS)

    def everything_said(self) -> str:
        return "".join(self.said)


@contextmanager
def house(var: Path, behaviour: str = "good", **settings: str) -> Iterator[House]:
    running = House(var, behaviour, settings)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()
