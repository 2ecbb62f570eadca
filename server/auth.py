"""Who is asking: a session cookie or an API key becomes an Actor, or nobody."""

import ipaddress
import secrets
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request

from server import certificates
from server.errors import Forbidden, Replace, SignedOut
from server.people.actors import Actor, Right
from server.recognition import Credential
from server.settings import Settings
from server.state import State

SAFE: Final = {"GET", "HEAD", "OPTIONS"}
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


async def require(
    request: Request[State], right: Right | None = None, *, one_time: bool = False
) -> Actor:
    """The actor of a request, allowed to do this; refuses what a strange page could have sent.

    `one_time`: also for whoever has yet to replace a one-time password.
    """
    actor = await actor_of(request)
    if actor is None:
        raise SignedOut("Sign in, or send an API key as a bearer token.")
    if request.method not in SAFE and actor.csrf is not None:
        check_csrf(request, actor.csrf)
    if actor.one_time and not one_time:
        raise Replace("Set a password of your own first.")
    if right is not None:
        actor.require(right)
    return actor


async def actor_of(connection: HTTPConnection[State]) -> Actor | None:
    """Who is asking, if anybody is: at a paired device its person, else the device itself."""
    recognise = connection.state["recognise"]
    for shown in credentials(connection):
        if actor := await recognise(shown):
            if actor.sign_in is not None:
                recognise.in_use.add(actor.sign_in)
            return actor
    return None


def credential(connection: HTTPConnection[State]) -> Credential | None:
    """What is believed first of all that is shown."""
    return next(credentials(connection), None)


def credentials(connection: HTTPConnection[State]) -> Iterator[Credential]:
    """The bearer token where one is sent, else the session cookie, else the device's."""
    settings = connection.state["settings"]
    header = connection.headers.get("authorization", "")
    return presented(header, connection.cookies, settings)


def presented(
    authorization: str, cookies: Mapping[str, str], settings: Settings
) -> Iterator[Credential]:
    """A bearer token stands alone; cookies are believed in this order."""
    scheme, _, token = authorization.partition(" ")
    if scheme.casefold() == "bearer":
        yield Credential("bearer", token.strip())
        return
    for kind, name in (("cookie", cookie_name(settings)), ("device", device_cookie(settings))):
        if value := cookies.get(name):
            yield Credential(kind, value)


def device_cookie(settings: Settings) -> str:
    """The cookie of a paired device, which outlives those who sign in there."""
    return "__Host-dev" if settings.secure else "dev"


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to us by HTTPS; without TLS browsers would not keep it."""
    return "__Host-sid" if settings.secure else "sid"


def known_cookie(settings: Settings) -> str:
    """The cookie by which a browser is known in which somebody has signed in before."""
    return "__Host-known" if settings.secure else "known"


def check_csrf(request: Request[State], expected: str) -> None:
    """A changing request by cookie must come from a page of ours."""
    origin = request.headers.get("origin")
    if origin is not None and not ours(
        origin, request.headers.get("host"), request.state["settings"]
    ):
        raise Forbidden("This request comes from a page that is not ours.", field="Origin")
    if request.headers.get("sec-fetch-site", "same-origin") not in (
        "same-origin",
        "none",
    ):
        raise Forbidden("This request comes from a page that is not ours.", field="Sec-Fetch-Site")
    if not secrets.compare_digest(
        request.headers.get("x-csrf-token", "").encode(), expected.encode()
    ):
        raise Forbidden("Reload the page and try again.", field="X-CSRF-Token")


def may_knock(authorization: str | None, origin: str, host: str | None, settings: Settings) -> bool:
    """A page of ours opens a socket, or a program that brings a token: no page can set that."""
    return authorization is not None or ours(origin, host, settings)


def ours(origin: str, host: str | None, settings: Settings) -> bool:
    """Whether a page of that origin is one of ours: PUBLIC_URL, or this machine by another name.

    A name of the Internet stands for itself alone. Where the address is one of a single network,
    the names of our certificate are ours as well. Without a PUBLIC_URL so is an address literal
    that the request itself went to; a name is not, since any name can be made to point here.
    """
    if origin == origin_of(settings.url):
        return True
    if settings.tls_cert and not settings.known_everywhere and origin in certified(settings):
        return True
    if settings.public_url:
        return False
    scheme = "https" if settings.tls_cert else "http"
    if origin in {f"{scheme}://{name}:{settings.port}" for name in LOOPBACK}:
        return True
    return literal(host) and origin == f"{scheme}://{host}"


def certified(settings: Settings) -> set[str]:
    """The same port under every name of our certificate: `up --lan` is known by several."""
    port = urlsplit(settings.url).port
    found = certificates.names(settings.tls_cert)
    hosts = (f"[{name}]" if ":" in name else name for name in found)
    return {origin_of(f"https://{host}:{port or 443}") for host in hosts}


def origin_of(url: str) -> str:
    """The origin of an address, the way browsers write it."""
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, default) else f":{parts.port}"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def literal(host: str | None) -> bool:
    """Whether a Host header holds a plain IP address."""
    try:
        ipaddress.ip_address(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False
    return True
