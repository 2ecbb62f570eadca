"""What `up --lan` does before it serves: authority, certificate, and what to tell people."""

import io
import os
from pathlib import Path
from typing import Final

import segno

from server.console import CannotStart, say
from server.lan import authority, beside, certificate, files
from server.lan.addresses import labels, own, reachable
from server.settings import settings

ANYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104


def prepare() -> None:
    """Make what is missing, keep the settings of web and worker, say where tablets begin."""
    now = files.moment()
    place = files.folder(settings().var_dir)
    known = authority.kept(place, now)
    served = certificate.kept(place, known, now)
    host = address(settings().host)
    beside.keep(reached(host, served))
    for line in told(f"http://{literal(host)}:{settings().setup_port}", known.fingerprint):
        say(line)


def address(host: str) -> str:
    """What people type: HOST where one is chosen, else the address that others see."""
    chosen = reachable() if host in ANYWHERE else host
    if chosen not in own() and not labels(chosen):
        raise CannotStart(f"HOST={host} is not a private address of this machine.")
    return chosen


def reached(host: str, served: Path) -> dict[str, str]:
    """The settings by which others find the house."""
    port = settings().port
    return {
        "HOST": settings().host,
        "PORT": str(port),
        "SETUP_PORT": str(settings().setup_port),
        "TLS_CERT": str(served),
        "TLS_KEY": str(served.with_suffix(".key")),
        "PUBLIC_URL": os.environ.get("PUBLIC_URL") or f"https://{literal(host)}:{port}",
    }


def literal(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def told(url: str, fingerprint: str) -> list[str]:
    """The way in for a tablet, as a picture that its camera reads."""
    drawn = io.StringIO()
    segno.make(url, error="m").terminal(drawn, compact=True, border=2)
    half = len(fingerprint) // 2
    return [
        "",
        f"To set a tablet up, open {url} on it, or point its camera here:",
        *drawn.getvalue().splitlines(),
        "The tablet must show this fingerprint (SHA-256) of the certificate before it is trusted:",
        f"  {fingerprint[:half].strip()}",
        f"  {fingerprint[half:].strip()}",
    ]
