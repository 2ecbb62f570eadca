"""The set-up page: plain HTTP for devices that do not trust us yet, and not a word of data.

It knows no database: it serves the way in, the authority's certificate, and else the way to HTTPS.
"""

import plistlib
import sys
import uuid
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import uvicorn
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from server.console import CannotStart
from server.door import listener
from server.headers import Headers
from server.lan import authority, files
from server.lan.authority import Authority
from server.routes.static import Assets
from server.routes.templates import STATIC, import_map_hash, page
from server.routes.words import say
from server.settings import settings

CERTIFICATE: Final = "application/x-x509-ca-cert"
PROFILE: Final = "application/x-apple-aspen-config"
AGENTS: Final = (("ipad", "apple"), ("iphone", "apple"), ("android", "android"),
                 ("windows", "windows"), ("macintosh", "mac"))  # fmt: skip
CALLERS: Final = 200


def application(known: Authority, house: str) -> Starlette:
    """The page for the house at that address."""
    certificate = known.certificate.public_bytes(Encoding.DER)

    def way_in(request: Request[Any]) -> Response:
        shown = page(request, "screens/setup.html", told(request, known, house))
        shown.headers["Content-Security-Policy"] = policy(house)
        return shown

    def onward(request: Request[Any]) -> Response:
        query = request.url.query
        path = quote(request.scope["path"])
        return RedirectResponse(f"{house}{path}{'?' if query else ''}{query}", 307)

    return Starlette(
        routes=[
            Route("/", way_in),
            Route("/heard-ca.crt", lambda _: sent(certificate, CERTIFICATE, "heard-ca.crt")),
            Route(
                "/heard.mobileconfig", lambda _: sent(profile(known), PROFILE, "heard.mobileconfig")
            ),
            Mount("/static", Assets(directory=STATIC)),
            Route("/{path:path}", onward),
        ],
        middleware=[Middleware(Headers, secure=False, import_map=import_map_hash())],
        exception_handlers={HTTPException: astray},
    )


def told(request: Request[Any], known: Authority, house: str) -> Mapping[str, Any]:
    """What the page says; the steps of the device that asks stand open."""
    agent = request.headers.get("user-agent", "").lower()
    return {
        "house": house,
        "fingerprint": known.fingerprint,
        "platform": next((found for word, found in AGENTS if word in agent), ""),
    }


def policy(house: str) -> str:
    """As everywhere, but the page may ask the house itself whether this device trusts it."""
    return (
        f"default-src 'none'; script-src 'self' '{import_map_hash()}'; style-src 'self'; "
        f"img-src 'self' data:; connect-src {house}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def sent(content: bytes, kind: str, name: str) -> Response:
    """A file that the device offers to install."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-cache"}
    return Response(content, media_type=kind, headers=headers)


def profile(known: Authority) -> bytes:
    """The same certificate as iPhones, iPads and Macs install it; the next one replaces it."""
    digits = known.fingerprint.replace(" ", "").lower()
    about = {"PayloadVersion": 1, "PayloadDisplayName": say("setup.profile")}
    root = {
        "PayloadType": "com.apple.security.root",
        "PayloadIdentifier": f"heard.lan.{digits[:16]}.ca",
        "PayloadUUID": str(uuid.uuid5(uuid.NAMESPACE_OID, digits)),
        "PayloadCertificateFileName": "heard-ca.crt",
        "PayloadContent": known.certificate.public_bytes(Encoding.DER),
    }
    whole = {
        "PayloadType": "Configuration",
        "PayloadIdentifier": f"heard.lan.{digits[:16]}",
        "PayloadUUID": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{digits} profile")),
        "PayloadDescription": say("setup.profile_for"),
        "PayloadOrganization": "Heard",
        "PayloadContent": [about | root],
    }
    return plistlib.dumps(about | whole)


async def astray(_: Request[Any], error: Exception) -> Response:
    """Whatever is not reading."""
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)


def serve() -> int:
    """Serve until asked to stop; the exit status."""
    chosen = settings()
    found = files.read(chosen.var_dir / "lan" / authority.FILE)
    if found is None:
        raise CannotStart(f"There is no {authority.FILE} in {chosen.var_dir / 'lan'}.")
    config = uvicorn.Config(
        application(Authority(*found), chosen.url),
        ws="none",
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=1,
        limit_concurrency=CALLERS,
    )
    server = uvicorn.Server(config)
    sys.stdout.write(f"The set-up page is at port {chosen.setup_port}.\n")
    server.run(sockets=[listener(chosen.host, chosen.setup_port)])
    return 0 if server.started else 3
