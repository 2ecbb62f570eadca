"""The port we listen on: opened before the server, so that it outlives any one web process."""

import errno
import os
import socket

from server.console import CannotStart

HANDED_ON = "LISTEN_FD"
BACKLOG = 2048
TYPED = "python3 -m server up"
UNREAD_MILLISECONDS = 20_000  # a peer that takes nothing for so long is dropped by the kernel


def address(host: str = "127.0.0.1", port: int = 8000, variable: str = "PORT") -> tuple[str, int]:
    """HOST and PORT, for those who run before the settings can be read."""
    chosen = os.environ.get(variable) or str(port)
    if not (chosen.isascii() and chosen.isdecimal() and int(chosen) < 65536):
        raise CannotStart(f"{variable} must be a number below 65536, not {chosen!r}.")
    return os.environ.get("HOST") or host, int(chosen)


def listener(host: str, port: int, variable: str = "PORT") -> socket.socket:
    """The socket handed on by the supervisor, or one of our own."""
    if inherited := os.environ.pop(HANDED_ON, None):
        return socket.socket(fileno=int(inherited))
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        door = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotStart(f"HOST={host} is not an address: {error.strerror}.") from None
    try:
        listen(door, place)
    except OSError as error:
        door.close()
        raise CannotStart(complaint(host, port, error, variable)) from None
    return door


def listen(door: socket.socket, place: tuple[str | int | bytes, ...]) -> None:
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MILLISECONDS)
    door.bind(place)
    door.listen(BACKLOG)


def complaint(host: str, port: int, error: OSError, variable: str) -> str:
    if error.errno == errno.EADDRINUSE:
        another = f"{variable}={port + 1 if port < 65535 else 8000}"
        return f"port {port} is in use. Choose another: {another} {TYPED}"
    if error.errno == errno.EACCES:
        return f"port {port} is reserved. Choose one above 1023: {variable}=8000 {TYPED}"
    return f"HOST={host} {variable}={port} cannot be listened on: {error.strerror}."
