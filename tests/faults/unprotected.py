"""`web` with one protection off, for control runs: `python -m tests.faults.unprotected heads`."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Final
from unittest.mock import patch

import uvicorn

from server import app, door
from server.db import Database
from server.events import Head
from server.realtime import wire
from server.realtime.channel import Channel
from server.realtime.connection import Connection
from server.realtime.follower import Follower
from server.realtime.hub import Hub
from server.realtime.lean.pings import Pings
from server.realtime.lookout import Lookout
from server.realtime.protocol import Subscribe
from server.realtime.pulse import Pulse
from server.realtime.usher import Usher
from server.watermark import Watermark

MODULE: Final = "tests.faults.unprotected"
WORDS: Final = (MODULE, "heads")
tell_one = Lookout.tell_one

Patch = AbstractContextManager[Any]


def tell_once(lookout: Lookout, channel: Channel, found: Head | None, seen: int) -> None:
    """Only what nobody knows yet."""
    if not channel.known:
        tell_one(lookout, channel, found, seen)


def want_nothing(_channel: Channel, _offset: int) -> None:
    """There is something to read: so what."""


def heads() -> list[Patch]:
    """A channel's head is looked up once and never again, and no gap is read from the book."""
    return [
        patch.object(Lookout, "tell_one", tell_once),
        patch.object(Channel, "want", want_nothing),
    ]


def bounds() -> list[Patch]:
    """A client that reads nothing keeps its socket for ever, however much lies before it."""
    return [
        patch.object(app, "listener", patient),
        patch.object(wire, "BUFFER_BYTES", 2**40),
        patch.object(Pings, "run", wait_for_ever),
        patch.object(Pulse, "close_the_slow", lambda _: None),
        pinging(ws_ping_interval=None),
    ]


def pinging(**own: Any) -> Patch:
    """The server's own pings, differently."""
    init: Any = uvicorn.Config.__init__

    def configure(config: Any, *about: Any, **more: Any) -> None:
        init(config, *about, **{**more, **own})

    return patch.object(uvicorn.Config, "__init__", configure)


def patient(host: str, port: int) -> socket.socket:
    """A door whose sockets may keep what nobody reads."""
    opened = door.listener(host, port)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 0)
    return opened


async def wait_for_ever(*_: object) -> None:
    await asyncio.Event().wait()


def build() -> list[Patch]:
    """Any page will do, however old."""
    subscribe = Hub.subscribe

    def welcome(hub: Hub, connection: Connection, asked: Subscribe) -> None:
        subscribe(hub, connection, asked.model_copy(update={"build": None}))

    return [patch.object(Hub, "subscribe", welcome)]


def epochs() -> list[Patch]:
    """One database is like another."""
    return [
        patch.object(Database, "_recognise", lambda *_: None),
        patch.object(Watermark, "check", nothing),
    ]


async def nothing(*_: object) -> int:
    return 0


def sharing() -> list[Patch]:
    """Every board that comes asks the database for itself."""
    welcome = Usher.welcome

    def alone(usher: Usher, follower: Follower) -> None:
        async def ask() -> None:
            book, name = usher.channel.hub.book, usher.channel.name
            await book.heads([name])
            await book.since(name, max(0, follower.since), 1)
            await book.snapshot(name)
            welcome(usher, follower)

        usher.channel.hub.spawn(ask())

    return [patch.object(Usher, "welcome", alone)]


OFF: Final = {
    "sharing": sharing,
    "heads": heads,
    "bounds": bounds,
    "build": build,
    "epochs": epochs,
}

if __name__ == "__main__":
    with ExitStack() as stack:
        for change in OFF[sys.argv[1]]():
            stack.enter_context(change)
        sys.exit(app.serve())
