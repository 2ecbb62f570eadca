"""Houses to be examined, and programs that sit where Heard should."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from server.doctor.findings import Finding, Level
from server.settings import Settings

TLS: Final = Path(__file__).parent / "tls" / "expired.pem"
VALID: Final = Path(__file__).parent.parent / "messaging" / "tls" / "localhost.pem"
NOBODY: Final = {"redis_url": "", "database_url": "", "jobs_redis_url": "", "smtp_url": ""}


def patient(var: Path, **settings: Any) -> Settings:
    """Settings with nothing from outside."""
    return Settings(**{**NOBODY, "var_dir": var, **settings})


def words(findings: Iterable[Finding], level: Level) -> str:
    """What is said of that level, a line each."""
    return "\n".join(found.words for found in findings if found.level is level)


def wrong(findings: Iterable[Finding]) -> str:
    return words(findings, Level.WRONG)


def warned(findings: Iterable[Finding]) -> str:
    return words(findings, Level.WARN)


def fine(findings: Iterable[Finding]) -> bool:
    """Whether there is nothing to do."""
    return all(found.level is Level.OK for found in findings)


@contextmanager
def program(answer: bytes, certificate: Path | None = None, answers: int = 1000) -> Iterator[int]:
    """Something that answers so many calls, each with the same bytes; its port."""
    door = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for _ in range(answers):
            try:
                caller, _ = door.accept()
                with dressed(caller, certificate) as spoken:
                    spoken.recv(65536)
                    spoken.sendall(answer)
            except ssl.SSLError:
                continue
            except OSError:
                return

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        yield int(door.getsockname()[1])
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        serving.join()


def dressed(caller: socket.socket, certificate: Path | None) -> socket.socket:
    if certificate is None:
        return caller
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context.wrap_socket(caller, server_side=True)


@contextmanager
def silent() -> Iterator[int]:
    """A door at which nobody ever opens; its port."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield int(door.getsockname()[1])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def http(body: str, status: str = "200 OK") -> bytes:
    """An HTTP answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return (head + body).encode()
