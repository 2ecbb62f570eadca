"""The web process: is it there, is it this program, and what its own figures say."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

from server.certificates import trust
from server.doctor.findings import Finding, graded, ok, warn, wrong
from server.lan.beside import running
from server.routes.templates import build
from server.settings import Settings

ABOUT: Final = "web"
ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
PATIENCE_SECONDS: Final = 5.0
SLOW_SECONDS: Final = 1.0
BUILD: Final = re.compile(r'heard_build_info\{build="([^"]*)"\}')
NEARLY: Final = 0.9


@dataclass
class Web:
    """What a running web process says of itself."""

    url: str
    alive: bool = False
    ready: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)


def web(chosen: Settings, found: Web) -> Iterator[Finding]:
    """Knock, and ask."""
    try:
        with client(chosen) as asking:
            started = time.monotonic()
            alive = asking.get(f"{found.url}/healthz")
            took = time.monotonic() - started
            if alive.text != "ok\n":
                yield somebody_else(chosen)
                return
            yield answered(found.url, took)
            found.alive = True
            found.ready = asking.get(f"{found.url}/readyz").json()
            found.figures = figures(asking, chosen, found.url)
    except httpx2.ConnectError as error:
        yield absent(chosen, error)
    except httpx2.TimeoutException:
        yield wrong(ABOUT, hung(found))
    except (httpx2.HTTPError, ValueError):
        yield somebody_else(chosen)
    else:
        yield from told(chosen, found)


def address(chosen: Settings) -> str:
    """Where it is from here."""
    host = ANYWHERE.get(chosen.host, chosen.host)
    scheme = "https" if chosen.tls_cert else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{chosen.port}"


def client(chosen: Settings) -> httpx2.Client:
    """A client that believes the very certificate we serve, while it is valid."""
    return httpx2.Client(trust_env=False, verify=trust(chosen.tls_cert), timeout=PATIENCE_SECONDS)


def answered(url: str, took: float) -> Finding:
    words = f"{url} answers in {took * 1000:.0f} ms"
    if took >= SLOW_SECONDS:
        words += ": something blocks it"
    return graded(ABOUT, words, took, warn_at=SLOW_SECONDS, wrong_at=PATIENCE_SECONDS)


def hung(found: Web) -> str:
    if found.alive:
        return "it does not say whether it is fit to work: it waits for the database."
    return f"{found.url} takes connections but does not answer: restart it."


def absent(chosen: Settings, error: httpx2.ConnectError) -> Finding:
    """Nobody at the door, or nobody who could be believed."""
    url = address(chosen)
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return wrong(ABOUT, f"{url} shows a certificate that is not valid: {error}")
    if running(chosen.var_dir / "up.lock"):
        words = f"`up` runs, but nothing answers at {url}: look at what it said last."
        return wrong(ABOUT, words)
    return wrong(ABOUT, f"nothing answers at {url}: start it with `python3 -m server up`.")


def somebody_else(chosen: Settings) -> Finding:
    another = chosen.port + 1 if chosen.port < 65535 else 8000
    return wrong(
        ABOUT,
        f"port {chosen.port} is in use by another program: stop it, or start Heard at another "
        f"port: PORT={another} python3 -m server up",
    )


def figures(asking: httpx2.Client, chosen: Settings, url: str) -> dict[str, float]:
    """What /metrics says; nothing when it does not tell us."""
    token = {"Authorization": f"Bearer {chosen.metrics_token}"} if chosen.metrics_token else {}
    answer = asking.get(f"{url}/metrics", headers=token)
    if answer.status_code != 200:
        return {}
    lines = (line for line in answer.text.splitlines() if line and line[0] != "#")
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def told(chosen: Settings, found: Web) -> Iterator[Finding]:
    """What follows from its answers."""
    if found.ready.get("database", "ok") != "ok":
        yield wrong(ABOUT, f"it cannot use the database: {found.ready['database']}")
    if not found.figures:
        words = "it does not tell its figures here: set METRICS_TOKEN for it and for the doctor."
        yield warn(ABOUT, words)
        return
    yield same_build(found)
    yield from burdens(chosen, found.figures)


def same_build(found: Web) -> Finding:
    """A new checkout is not served before a restart."""
    served = next((match[1] for name in found.figures if (match := BUILD.fullmatch(name))), "")
    if served != build():
        words = f"it serves build {served}, but here lies build {build()}: restart it."
        return warn(ABOUT, words)
    return ok(ABOUT, f"build {served}, as it lies here")


def burdens(chosen: Settings, told: dict[str, float]) -> Iterator[Finding]:
    """Whether it keeps up."""
    lag = told["heard_loop_lag_worst_seconds"]
    words = f"its loop was late by {lag * 1000:.0f} ms at most in the last minute"
    yield graded(ABOUT, words, lag, warn_at=0.25, wrong_at=1.0)
    age = told["heard_database_age_seconds"]
    words = f"it looked at the database {age:.1f} s ago"
    yield graded(ABOUT, words, age, warn_at=2.0, wrong_at=3.0)
    sockets, most = told["heard_sockets"], chosen.sockets_per_process
    words = f"{sockets:.0f} of {most} sockets"
    if sockets >= NEARLY * most:
        words += ": start another web process, or raise SOCKETS_PER_PROCESS"
    yield graded(ABOUT, words, sockets, warn_at=NEARLY * most, wrong_at=most)
    yield from handles(told)


def handles(told: dict[str, float]) -> Iterator[Finding]:
    """Every socket is an open file."""
    used, most = told.get("process_open_fds"), told.get("process_max_fds")
    if used is not None and most is not None and used >= NEARLY * most:
        words = f"{used:.0f} of {most:.0f} files are open: raise the limit (ulimit -n), restart it."
        yield wrong(ABOUT, words)
