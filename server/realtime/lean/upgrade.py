"""uvicorn's HTTP protocol: on a connection that served pages, too, a socket opens the lean way.

Private parts of uvicorn are overridden, so its version is pinned, and we refuse to start without
them.
"""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import is_ssl

from server.console import CannotStart
from server.realtime.lean.entrance import ENTRANCE, Entrance
from server.realtime.lean.handshake import Handshake, plain

PATH: Final = b"/live"
HOOK: Final = "handle_websocket_upgrade"

BROKEN: Final = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: 21\r\nConnection: close\r\n\r\nInternal Server Error"
)


class LeanHttp(HttpToolsProtocol):
    """What is not plain from its first word on (see `arrival`)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As uvicorn does, which makes two socket objects (20 µs) only to ask for addresses."""
        here, there = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
        if not (isinstance(here, tuple) and isinstance(there, tuple)):
            super().connection_made(transport)
            return
        self.connections.add(self)
        self.transport = transport
        self.flow = FlowControl(transport)
        self.server = (str(here[0]), int(here[1]))
        self.client = (str(there[0]), int(there[1]))
        self.scheme = "https" if is_ssl(transport) else "http"

    def handle_websocket_upgrade(self) -> None:
        entrance: Entrance | None = self.app_state.get(ENTRANCE)
        asked = self.asked() if entrance else None
        if entrance is None or asked is None or not entrance.come(self, asked):
            super().handle_websocket_upgrade()

    def asked(self) -> Handshake | None:
        """The request, if it is a plain one for our path and nothing else is under way."""
        ours = self.url == PATH and not self.root_path and self.scope["method"] == "GET"
        busy = self.cycle is not None and not self.cycle.response_complete
        if busy or not ours or self.scope["http_version"] != "1.1":
            return None
        return plain(self.headers)

    def let_go(self) -> None:
        """The transport is somebody else's now, and nothing may keep this object."""
        self.connections.discard(self)
        del self.parser  # holds our callbacks

    def cannot(self) -> None:
        """Nobody can be asked who this is."""
        self.transport.write(BROKEN)
        self.transport.close()


def check(protocol: type = HttpToolsProtocol) -> None:
    """Refuse to start where uvicorn is not the one we know."""
    if not callable(getattr(protocol, HOOK, None)):
        raise CannotStart(
            f"This uvicorn has no {protocol.__name__}.{HOOK}, which LIVE_PATH=lean builds on."
            " Install the version that requirements/runtime.txt names, or set LIVE_PATH=stock."
        )
