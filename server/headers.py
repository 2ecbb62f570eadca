"""Headers that every answer carries, and the content security policy of our pages."""

import re
from collections.abc import Iterable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST: Final = re.compile(rb"[A-Za-z0-9.\-_\[\]:]{1,255}")

ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), screen-wake-lock=(self), fullscreen=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS: Final = "max-age=31536000; includeSubDomains"


class Headers:
    """Adds the headers to every HTTP answer; sockets pass through."""

    def __init__(self, app: ASGIApp, secure: bool, import_map: str, hsts: bool = False) -> None:
        self.app = app
        self.secure = secure
        self.hsts = hsts  # not for one network: whoever trusts its authority no more is locked out
        self.import_map = import_map

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = self.policy(scope["headers"])

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", policy)
                if self.hsts:
                    headers.setdefault("Strict-Transport-Security", HSTS)
            await send(message)

        await self.app(scope, receive, with_headers)

    def policy(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Nothing but our own origin; the socket's is named where 'self' would mean HTTP only."""
        host = next((value for name, value in headers if name == b"host"), b"")
        socket = (
            f"{'wss' if self.secure else 'ws'}://{host.decode()}" if HOST.fullmatch(host) else ""
        )
        return (
            f"default-src 'self'; script-src 'self' '{self.import_map}'; style-src 'self'; "
            "img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self'; "
            f"connect-src 'self' {socket}; object-src 'none'; base-uri 'none'; "
            "form-action 'self'; frame-ancestors 'none'"
        )
