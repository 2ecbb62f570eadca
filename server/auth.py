"""Who is asking: a session cookie or an API key becomes an Actor, or nobody."""

import ipaddress
import secrets
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request

from server.errors import Forbidden, SignedOut
from server.people.actors import Actor, Right
from server.recognition import Credential
from server.settings import Settings
from server.state import State

SAFE: Final = {"GET", "HEAD", "OPTIONS"}
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


async def require(request: Request[State], right: Right | None = None) -> Actor:
    """The actor of a request, allowed to do this; refuses what a strange page could have sent."""
    actor = await actor_of(request)
    if actor is None:
        raise SignedOut("Sign in, or send an API key as a bearer token.")
    if request.method not in SAFE and actor.csrf is not None:
        check_csrf(request, actor.csrf)
    if right is not None:
        actor.require(right)
    return actor


async def actor_of(connection: HTTPConnection[State]) -> Actor | None:
    """Who is asking, if anybody is."""
    shown = credential(connection)
    return await connection.state["recognise"](shown) if shown else None


def credential(connection: HTTPConnection[State]) -> Credential | None:
    """The bearer token where one is sent, else the session cookie."""
    header = connection.headers.get("authorization", "")
    cookie = connection.cookies.get(cookie_name(connection.state["settings"]))
    return presented(header, cookie)


def presented(authorization: str, cookie: str | None) -> Credential | None:
    """The bearer token of an Authorization header, else the session cookie."""
    scheme, _, token = authorization.partition(" ")
    if scheme.casefold() == "bearer":
        return Credential("bearer", token.strip())
    return Credential("cookie", cookie) if cookie else None


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to us by HTTPS; without TLS browsers would not keep it."""
    return "__Host-sid" if settings.secure else "sid"


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

    Without a PUBLIC_URL an address literal that the request itself went to is ours as well (a
    tablet on the venue's network); a name is not, since any name can be made to point here.
    """
    if origin == origin_of(settings.url):
        return True
    if settings.public_url:
        return False
    scheme = "https" if settings.tls_cert else "http"
    if origin in {f"{scheme}://{name}:{settings.port}" for name in LOOPBACK}:
        return True
    return literal(host) and origin == f"{scheme}://{host}"


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
