"""The first words of a connection: a plain request for `/live` never meets an HTTP parser.

With uvicorn's own a connect costs 240 µs of the processor, so 160. Whatever is not plain goes to
it, byte for byte, and is answered as ever.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

import uvicorn
from uvicorn.server import ServerState

from server.realtime.lean.entrance import ENTRANCE, Entrance
from server.realtime.lean.handshake import HEAD_BYTES, Header, plain
from server.realtime.lean.upgrade import BROKEN, LeanHttp

FIRST: Final = b"GET /live HTTP/1.1\r\n"
END: Final = b"\r\n\r\n"
HEAD: Final = re.compile(  # RFC 9112: tokens, colons, printable text; nothing folded, nothing after
    rb"GET /live HTTP/1\.1\r\n(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\x20-\x7e]*(?<! )\r\n)+\r\n"
)


class Arrival(asyncio.Protocol):
    """Pass it as `uvicorn.Config(http=Arrival)`."""

    __slots__ = ("begun", "connections", "given", "server_state", "transport")

    transport: asyncio.Transport

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.given = config, server_state, app_state, _loop
        self.server_state = server_state
        self.connections: set[Any] = server_state.connections
        self.begun = b""

    # what the transport tells

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.connections.add(self)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.begun:
            data = self.begun + data
        if unfinished(data):
            self.begun = data
        elif not self.come(data):
            self.pass_on(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.let_go()

    def shutdown(self) -> None:
        """The server stops, and nothing was asked yet."""
        self.transport.close()

    # what becomes of it

    def come(self, data: bytes) -> bool:
        """Open a socket, if that is asked for in the usual way."""
        config, _, app_state, _ = self.given
        entrance: Entrance | None = app_state.get(ENTRANCE)
        if entrance is None or config.root_path or not HEAD.fullmatch(data):
            return False
        asked = plain(headers(data))
        return asked is not None and entrance.come(self, asked)

    def pass_on(self, data: bytes) -> None:
        """Leave the connection to uvicorn."""
        self.let_go()
        http = LeanHttp(*self.given)
        self.transport.set_protocol(http)
        http.connection_made(self.transport)
        http.data_received(data)

    def let_go(self) -> None:
        """The transport is somebody else's now, or gone."""
        self.connections.discard(self)

    def cannot(self) -> None:
        """Nobody can be asked who this is."""
        self.transport.write(BROKEN)
        self.transport.close()


def unfinished(data: bytes) -> bool:
    """Whether this may become a request of ours, and its end has not come."""
    if not data.startswith(FIRST):
        return FIRST.startswith(data)
    return len(data) <= HEAD_BYTES and END not in data


def headers(head: bytes) -> list[Header]:
    """The lines of a head that matches."""
    lines = (line.partition(b":") for line in head[len(FIRST) : -len(END)].split(b"\r\n"))
    return [(name.lower(), value.lstrip(b" ")) for name, _, value in lines]
