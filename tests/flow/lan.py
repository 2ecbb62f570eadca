"""`python3 -m server up --lan` as it is, seen by devices that trust its authority."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from tests.flow.programs import Program, run

MANAGER: Final = "manager@demo.example"
PASSWORD: Final = re.compile(rf"{MANAGER}   (\S+)")
ADDRESS: Final = re.compile(r"Heard is up: (https://\S+)")
SETUP: Final = re.compile(r"open (http://\S+) on it")


class Lan:
    """The house of a venue, and what its devices know of it."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.settings = {"VAR_DIR": str(var)}
        own = {**self.settings, "PORT": "0", "SETUP_PORT": "0"}
        self.program = Program(("server", "up", "--lan"), own, var.with_suffix(".log"))
        self.url = self.setup = ""

    def start(self) -> None:
        """Until it says where it is, and both ports answer."""
        said = len(self.program.whole())
        self.program.start()
        self.program.wait(lambda: "Ctrl-C" in self.program.whole()[said:])
        [self.url] = ADDRESS.findall(self.program.whole()[said:])
        [self.setup] = SETUP.findall(self.program.whole()[said:])
        self.program.wait(lambda: self.answers(f"{self.url}/readyz") and self.answers(self.setup))

    def answers(self, url: str) -> bool:
        try:
            return httpx2.get(url, verify=self.trust(), trust_env=False).status_code == 200
        except httpx2.TransportError:
            return False

    @property
    def password(self) -> str:
        """The demo manager's, which was said at the first start."""
        return str(PASSWORD.findall(self.program.whole())[0])

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2]

    @property
    def authority(self) -> Path:
        return self.var / "lan" / "ca.pem"

    @property
    def certificate(self) -> Path:
        return self.var / "lan" / "server.pem"

    @property
    def root(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.authority.read_bytes())

    @property
    def fingerprint(self) -> str:
        return self.root.fingerprint(SHA256()).hex(" ").upper()

    def trust(self) -> ssl.SSLContext:
        """What a tablet believes that was set up."""
        return ssl.create_default_context(cafile=str(self.authority))

    def command(self, *words: str) -> str:
        """What a command says that is typed beside it."""
        return run("server", *words, settings=self.settings)

    def key(self) -> str:
        """A new API key."""
        return self.command("key").strip()


@contextmanager
def lan(var: Path) -> Iterator[Lan]:
    """It runs; it is gone, whatever happens, when this is left."""
    running = Lan(var)
    try:
        running.start()
        yield running
    finally:
        running.program.kill()
