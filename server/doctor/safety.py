"""Settings that let others in, or that do not fit together."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from server import certificates
from server.clock import now
from server.console import CannotStart
from server.doctor.findings import Finding, ok, warn, wrong
from server.jobs.messages import mail_server
from server.settings import Settings

ABOUT: Final = "settings"
SHORT_SECRET: Final = 32
SHORT_TOKEN: Final = 16


def settings(chosen: Settings) -> Iterator[Finding]:
    """What can be said without asking anybody."""
    found = [*travelling(chosen), *certificate(chosen), *secrets(chosen), *together(chosen)]
    yield from found or [ok(ABOUT, "safe, and they fit together")]


def travelling(chosen: Settings) -> Iterator[Finding]:
    """Whether passwords travel readable."""
    if public(chosen) and not chosen.secure:
        yield warn(
            ABOUT,
            f"{chosen.url} is not HTTPS: passwords travel readable. Set TLS_CERT and TLS_KEY, or "
            "PUBLIC_URL to the https:// address of a proxy in front.",
        )
    if "*" in chosen.forwarded_allow_ips.split(","):
        yield warn(
            ABOUT,
            "FORWARDED_ALLOW_IPS=* believes everybody's X-Forwarded-For: name the proxy alone.",
        )


def certificate(chosen: Settings) -> Iterator[Finding]:
    """Whether TLS_CERT and TLS_KEY belong together, and how long they last."""
    try:
        served = certificates.checked(chosen.tls_cert, chosen.tls_key)
    except CannotStart as cannot:
        yield wrong(ABOUT, str(cannot))
        return
    at = now()
    if served and (complaint := served.complaint(at)):
        yield (warn if served.begins <= at < served.ends else wrong)(ABOUT, complaint)


def secrets(chosen: Settings) -> Iterator[Finding]:
    """Whether what must not be guessed could be."""
    if 0 < len(chosen.secret_key) < SHORT_SECRET:
        yield wrong(ABOUT, f"SECRET_KEY can be guessed: take {SHORT_SECRET} random characters.")
    if not (chosen.secret_key or chosen.bundled):
        yield warn(
            ABOUT,
            "SECRET_KEY is empty: each machine makes its own, and no other opens its links.",
        )
    if not chosen.login_limits:
        yield wrong(ABOUT, "LOGIN_LIMITS is off: passwords can be guessed without end. Turn it on.")
    if 0 < len(chosen.metrics_token) < SHORT_TOKEN:
        yield warn(ABOUT, f"METRICS_TOKEN can be guessed: take {SHORT_TOKEN} random characters.")


def together(chosen: Settings) -> Iterator[Finding]:
    """Whether one setting asks for another."""
    if public(chosen) and not chosen.smtp_url:
        yield warn(ABOUT, "SMTP_URL is empty: mail to customers is only kept at /outbox.")
    try:
        mail_server(chosen)
    except ValueError as error:
        yield wrong(ABOUT, str(error))


def public(chosen: Settings) -> bool:
    """Whether more than this machine is meant to be served."""
    return not loopback(urlsplit(chosen.url).hostname or "")


def loopback(host: str) -> bool:
    """Whether only this machine goes by that name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
