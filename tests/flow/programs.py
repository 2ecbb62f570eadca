"""Processes of Heard that a test starts, kills and starts again; none outlives the test."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import httpx2

from server.door import HANDED_ON, listener
from server.environment import ROOT
from server.guard import guarded
from server.settings import Settings
from tests.launch.processes import wait_until

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 20.0
SAID_CHARACTERS: Final = 4_000
OURS: Final = {name.upper() for name in Settings.model_fields}


def environment(**settings: str) -> dict[str, str]:
    """The variables of this process, with these settings of ours and no others."""
    return {**{k: v for k, v in os.environ.items() if k not in OURS}, **settings}


class Program:
    """`python -m …` over all its lives; what it says is kept in a file."""

    def __init__(self, words: Sequence[str], settings: Mapping[str, str], log: Path) -> None:
        self.words = words
        self.environment = environment(**settings)
        self.log = log
        self.fds: list[int] = []
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def start(self) -> None:
        """Begin a life; by the thread that lives as long as the test."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                guarded([sys.executable, "-m", *self.words], ending=signal.SIGKILL),
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.fds,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it without a word, if it lives."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        assert self.process
        self.process.terminate()
        return self.process.wait(STOP_SECONDS)

    def close(self) -> None:
        self.kill()

    def whole(self) -> str:
        """Everything it has said in all its lives."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def said(self) -> str:
        """The last of it."""
        return self.whole()[-SAID_CHARACTERS:]

    def wait(self, condition: Callable[[], bool]) -> None:
        """Until something has come to pass; its last words if it ends before."""

        def done() -> bool:
            assert self.process
            assert self.process.poll() is None, self.said()
            return condition()

        try:
            wait_until(done, START_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.said()}") from None


class Web(Program):
    """A web process at a door that stays open over its lives, as under `up`."""

    def __init__(self, words: Sequence[str], settings: Mapping[str, str], log: Path) -> None:
        self.door = listener("127.0.0.1", 0)
        self.port = int(self.door.getsockname()[1])
        own = {"PORT": str(self.port), HANDED_ON: str(self.door.fileno())}
        super().__init__(words, {**settings, **own}, log)
        self.fds = [self.door.fileno()]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def live(self) -> str:
        return f"ws://127.0.0.1:{self.port}/live"

    def wait_until_ready(self) -> None:
        self.wait(lambda: ready(self.url))

    def close(self) -> None:
        super().close()
        self.door.close()


def chosen(settings: Mapping[str, str]) -> Settings:
    """The settings that these variables make."""
    fields: dict[str, Any] = {name.lower(): value for name, value in settings.items()}
    return Settings(**fields)


def ready(url: str) -> bool:
    """Whether it answers, and says that it is fit to work."""
    try:
        return httpx2.get(f"{url}/readyz", timeout=5, trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


def run(*words: str, settings: Mapping[str, str], timeout: float = START_SECONDS) -> str:
    """What a command says on stdout, once it has ended well."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        env=environment(**settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
