"""A small house for the hub: a book that can fail, sockets that can stall, and a guest list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import orjson

from server.events import Publication
from server.realtime.broker import Broker, MemoryBroker
from server.realtime.connection import Connection
from server.realtime.hub import Hub
from server.realtime.limits import Limits
from tests.realtime.guests import Door, Pass, Views
from tests.realtime.shelf import BAR, Shelf
from tests.realtime.sockets import FakeSocket, settled

QUICK: Final = Limits(look_seconds=0.05, head_seconds=0.25, hello_seconds=0.5, stale_seconds=0.15)


BLIND: Final = replace(QUICK, look_seconds=3600.0)  # never looks at the database by itself


class House:
    """One hub with everything it is handed."""

    def __init__(self, shelf: Shelf, broker: Broker, limits: Limits) -> None:
        self.shelf = shelf
        self.broker = broker
        self.views = Views()
        self.door = Door()
        self.hub = Hub(shelf, self.views, self.door, broker, build="b1", limits=limits)

    def connect(self, grant: Pass | None = None) -> tuple[Connection, FakeSocket]:
        socket = FakeSocket()
        connection = self.hub.connect(grant or Pass(), socket)
        assert isinstance(connection, Connection)
        return connection, socket

    def say(self, connection: Connection, message: Any) -> None:
        connection.heard(orjson.dumps(message).decode())

    async def board(
        self, channel: str = BAR, grant: Pass | None = None, **more: Any
    ) -> tuple[Connection, FakeSocket]:
        """A socket that follows a channel and has what it asked for."""
        grant = grant or Pass()
        self.door.passes.setdefault(grant.person, grant)
        connection, socket = self.connect(grant)
        self.say(connection, {"subscribe": channel, **more})
        await socket.until(lambda s: s.only("subscribed") and settled(s))
        return connection, socket

    async def place(self, channel: str = BAR, **more: Any) -> Publication:
        """Commit and ring."""
        publication = self.shelf.write(channel, **more)
        await self.broker.publish(publication)
        return publication


@asynccontextmanager
async def house(
    limits: Limits = QUICK, shelf: Shelf | None = None, broker: Broker | None = None
) -> AsyncIterator[House]:
    """A house whose hub is at work."""
    made = House(shelf or Shelf(), broker or MemoryBroker(), limits)
    async with made.hub.running():
        yield made
