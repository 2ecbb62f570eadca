"""Clients that follow a location and then read nothing at all."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from server.realtime.protocol import SUBPROTOCOL
from tests.flow.ears import NONCE, masked
from tests.flow.house import House
from tests.flow.programs import Program, Web
from tests.launch.processes import PROC


@contextmanager
def never_reading(house: House, web: Web, location: int, clients: int) -> Iterator[None]:
    """So many sockets that are subscribed and deaf."""
    made = [deaf(house, web, location) for _ in range(clients)]
    try:
        yield
    finally:
        for client in made:
            client.close()


def deaf(house: House, web: Web, location: int) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(10)
    client.connect(("127.0.0.1", web.port))
    lines = [
        "GET /live HTTP/1.1",
        f"Host: 127.0.0.1:{web.port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {NONCE}",
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
        f"Authorization: Bearer {house.cast.shop_token}",
    ]
    client.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = client.recv(12)
    assert answer.endswith(b"101"), answer
    client.sendall(masked(f'{{"subscribe":"location:{location}"}}'.encode()))
    return client


def sockets(web: Program) -> int:
    """How many the process has open."""
    found = 0
    for entry in (PROC / f"{web.pid}/fd").iterdir():
        try:
            found += os.readlink(entry).startswith("socket:")  # noqa: PTH115
        except OSError:  # closed while we looked
            continue
    return found
