"""A house with orders that customers follow by their links."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import orjson

from server.realtime.book import NOBODY
from server.realtime.connection import Connection
from tests.realtime.house import QUICK, House, house
from tests.realtime.shelf import BAR, Purchase
from tests.realtime.sockets import FakeSocket

OPEN: Final = "order:maria.token"
OTHER: Final = "order:max.token"


@asynccontextmanager
async def bar(limits: Any = QUICK) -> AsyncIterator[House]:
    """A house with two orders at the bar, and links for both."""
    async with house(limits) as made:
        sell(made, OPEN, 1)
        sell(made, OTHER, 2)
        yield made


def sell(made: House, name: str, order: int, *, version: int = 1, channel: str = BAR) -> None:
    """What a link opens from now on."""
    card = orjson.dumps({"id": f"ord_{order}", "code": f"K{order}", "version": version})
    token = name.removeprefix("order:")
    made.shelf.purchases[token] = Purchase(f"ord_{order}", channel, version, card)


def visit(made: House, name: str = OPEN, **more: Any) -> FakeSocket:
    """Somebody who is not signed in opens a page."""
    socket = FakeSocket()
    connection = made.hub.connect(NOBODY, socket)
    assert isinstance(connection, Connection)
    made.say(connection, {"subscribe": name, "audience": "buyer", **more})
    return socket


async def shown(socket: FakeSocket, version: int) -> dict[str, Any]:
    """The card of that version, once it is there."""
    await socket.until(lambda s: [c for c in wholes(s) if c["order"]["version"] == version])
    return wholes(socket)[-1]


def wholes(socket: FakeSocket) -> list[dict[str, Any]]:
    return socket.only("whole")
