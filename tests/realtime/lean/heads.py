"""Requests to open a socket: one as it should be, and every way it may be odd."""

from __future__ import annotations

from typing import Final

from tests.realtime.guests import ORIGIN

Lines = dict[str, str | None]

USUAL: Final[Lines] = {
    "Host": "bar.example.org",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Origin": ORIGIN,
    "Cookie": "ana",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Protocol": "heard.v1",
}


def head(
    start: str = "GET /live HTTP/1.1", *, extra: str = "", lines: Lines | None = None
) -> bytes:
    """A request with some lines changed, left out (None) or added."""
    told = {**USUAL, **(lines or {})}
    written = [f"{name}: {value}\r\n" for name, value in told.items() if value is not None]
    return f"{start}\r\n{''.join(written)}{extra}\r\n".encode("latin-1")


def one(name: str, value: str | None) -> bytes:
    return head(lines={name: value})


PLAIN: Final[dict[str, bytes]] = {
    "usual": head(),
    "no subprotocol": one("Sec-WebSocket-Protocol", None),
    "another subprotocol": one("Sec-WebSocket-Protocol", "chat"),
    "several subprotocols": one("Sec-WebSocket-Protocol", "chat, heard.v1"),
    "subprotocols without space": one("Sec-WebSocket-Protocol", "chat,heard.v1"),
    "keep-alive too": one("Connection", "keep-alive, Upgrade"),
    "small letters": one("Connection", "upgrade"),
    "capital letters": one("Upgrade", "WebSocket"),
    "deflate offered": head(extra="Sec-WebSocket-Extensions: permessage-deflate\r\n"),
    "nobody": one("Cookie", "nobody"),
    "no cookie": one("Cookie", None),
    "a token": head(lines={"Origin": None, "Cookie": None}, extra="Authorization: Bearer key\r\n"),
    "a wrong token": head(lines={"Cookie": None}, extra="Authorization: Bearer no\r\n"),
}

ODD: Final[dict[str, bytes]] = {
    "another path": head("GET /elsewhere HTTP/1.1"),
    "a longer path": head("GET /live/x HTTP/1.1"),
    "a slash more": head("GET /live/ HTTP/1.1"),
    "a query": head("GET /live?x=1 HTTP/1.1"),
    "an encoded path": head("GET /l%69ve HTTP/1.1"),
    "a whole address": head("GET http://bar.example.org/live HTTP/1.1"),
    "POST": head("POST /live HTTP/1.1"),
    "HEAD": head("HEAD /live HTTP/1.1"),
    "HTTP/1.0": head("GET /live HTTP/1.0"),
    "no origin": one("Origin", None),
    "null origin": one("Origin", "null"),
    "a strange origin": one("Origin", "https://evil.test"),
    "an origin with a path": one("Origin", ORIGIN + "/"),
    "an origin in Latin": one("Origin", "https://bär.example.org"),
    "two origins": head(extra=f"Origin: {ORIGIN}\r\n"),
    "no host": one("Host", None),
    "an empty host": one("Host", ""),
    "another host": one("Host", "evil.test"),
    "two hosts": head(extra="Host: evil.test\r\n"),
    "no key": one("Sec-WebSocket-Key", None),
    "an empty key": one("Sec-WebSocket-Key", ""),
    "a short key": one("Sec-WebSocket-Key", "AAAA"),
    "a long key": one("Sec-WebSocket-Key", "A" * 43 + "="),
    "a key that is no base64": one("Sec-WebSocket-Key", "!" * 22 + "=="),
    "a key without padding": one("Sec-WebSocket-Key", "A" * 22),
    "two keys": head(extra="Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"),
    "no version": one("Sec-WebSocket-Version", None),
    "version 8": one("Sec-WebSocket-Version", "8"),
    "version 13 in a list": one("Sec-WebSocket-Version", "13, 8"),
    "version 013": one("Sec-WebSocket-Version", "013"),
    "two versions": head(extra="Sec-WebSocket-Version: 8\r\n"),
    "an odd connection": one("Connection", "keep-alive, , Upgrade"),
    "upgrade first": one("Connection", "Upgrade, keep-alive"),
    "two connections": head(extra="Connection: keep-alive\r\n"),
    "close as well": one("Connection", "close, Upgrade"),
    "a malformed connection": one("Connection", "Upgrade, (comment)"),
    "two upgrades": one("Upgrade", "websocket, h2c"),
    "an upgrade with a version": one("Upgrade", "websocket/13"),
    "a malformed subprotocol": one("Sec-WebSocket-Protocol", "heard v1"),
    "an empty subprotocol": one("Sec-WebSocket-Protocol", ""),
    "subprotocols in two lines": head(extra="Sec-WebSocket-Protocol: chat\r\n"),
    "malformed extensions": head(extra="Sec-WebSocket-Extensions: ;;;\r\n"),
    "two cookies": head(extra="Cookie: nobody\r\n"),
    "two tokens": head(extra="Authorization: Bearer key\r\nAuthorization: Bearer no\r\n"),
    "a body": head(extra="Content-Length: 5\r\n") + b"hello",
    "an empty body": head(extra="Content-Length: 0\r\n"),
    "a body in chunks": head(extra="Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
    "an expectation": head(extra="Expect: 100-continue\r\n"),
    "a folded line": head(extra="X-Folded: a\r\n b\r\n"),
    "no colon": head(extra="nonsense\r\n"),
    "a control character": head(extra="X-Odd: a\x01b\r\n"),
    "Latin letters": head(extra="X-Odd: \xe4\r\n"),
    "a line of 5 KB": head(extra=f"X-Long: {'x' * 5_000}\r\n"),
    "a line of 9 KB": head(extra=f"X-Long: {'x' * 9_000}\r\n"),
    "a cookie of 9 KB": one("Cookie", "x" * 9_000),
    "100 lines": head(extra="".join(f"X-{n}: x\r\n" for n in range(100))),
    "200 lines": head(extra="".join(f"X-{n}: x\r\n" for n in range(200))),
    "the same line often": head(extra="X-Same: x\r\n" * 20),
    "bare line feeds": head().replace(b"\r\n", b"\n"),
}
