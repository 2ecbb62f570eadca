"""The head of a request to open a socket: read here when it is plain, else left to uvicorn."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha1
from typing import Final, NamedTuple

from server.realtime.protocol import SUBPROTOCOL

Header = tuple[bytes, bytes]

HEAD_BYTES: Final = 4096
HEAD_LINES: Final = 64
HEARD: Final = SUBPROTOCOL.encode()
GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY: Final = re.compile(rb"[A-Za-z0-9+/]{22}==")
CONNECTION: Final = frozenset({b"upgrade", b"keep-alive, upgrade"})
PROTOCOLS: Final = re.compile(rb"[\w.+-]+(?:, ?[\w.+-]+)*")
BODY: Final = frozenset({b"transfer-encoding", b"content-length", b"expect"})


class Handshake(NamedTuple):
    """What a plain request to open a socket says."""

    key: bytes
    heard: bool  # whether it offers our subprotocol
    host: str
    origin: str
    authorization: str | None
    cookie: str | None


def plain(headers: Sequence[Header]) -> Handshake | None:
    """The request, unless anything about it needs a closer look."""
    found = dict(headers)
    if len(found) < len(headers) or len(headers) > HEAD_LINES:  # something is said twice
        return None
    if not BODY.isdisjoint(found) or sum(map(len, found.values())) > HEAD_BYTES or not opens(found):
        return None
    offered = found.get(b"sec-websocket-protocol")
    if offered is not None and not PROTOCOLS.fullmatch(offered):
        return None
    return Handshake(
        found[b"sec-websocket-key"],
        offered is not None and HEARD in map(bytes.strip, offered.split(b",")),
        found[b"host"].decode("latin-1"),
        found.get(b"origin", b"").decode("latin-1"),
        said(found.get(b"authorization")),
        said(found.get(b"cookie")),
    )


def opens(found: dict[bytes, bytes]) -> bool:
    """Whether it says all that RFC 6455 asks for, in the usual words."""
    return (
        b"host" in found
        and found.get(b"upgrade", b"").lower() == b"websocket"
        and found.get(b"connection", b"").lower() in CONNECTION
        and found.get(b"sec-websocket-version") == b"13"
        and KEY.fullmatch(found.get(b"sec-websocket-key", b"")) is not None
    )


def said(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def accepted(asked: Handshake, headers: Iterable[Header]) -> bytes:
    """The answer that opens the socket."""
    accept = b64encode(sha1(asked.key + GUID, usedforsecurity=False).digest())
    lines = [
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: ",
        accept,
        b"\r\n",
    ]
    for name, value in headers:
        lines += name, b": ", value, b"\r\n"
    if asked.heard:
        lines += b"Sec-WebSocket-Protocol: ", HEARD, b"\r\n"
    lines.append(b"\r\n")
    return b"".join(lines)
