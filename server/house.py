"""The parts of one process, put together: for the web, for a worker, and for a single command."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from server.db import Database
from server.live import Doorkeeper, LiveBook, LiveProjection
from server.measured import Measured
from server.orders.links import Links
from server.perform import Read
from server.realtime.broker import Broker, MemoryBroker
from server.realtime.hub import Hub
from server.realtime.limits import Limits
from server.realtime.redis_broker import RedisBroker
from server.recognition import Recognition
from server.routes.templates import build
from server.settings import Settings, settings

TURN_SECONDS: Final = 0.0005  # for which a thread keeps the interpreter while another wants it


@dataclass(frozen=True, slots=True)
class House:
    """What a running process is made of."""

    settings: Settings
    database: Database
    broker: Broker
    perform: Measured
    read: Read
    recognise: Recognition
    doorkeeper: Doorkeeper
    hub: Hub


@asynccontextmanager
async def house(chosen: Settings | None = None, *, follows: bool = False) -> AsyncIterator[House]:
    """Open the database and the broker, and close them again whatever happens.

    `follows`: hear of every commit anywhere, as workers do; a web process hears of what is watched.
    """
    chosen = chosen or settings()
    share_turns()
    async with AsyncExitStack() as stack:
        database = Database(chosen.database, chosen.database_pool)
        stack.callback(database.close)
        broker: Broker = (
            RedisBroker(chosen.redis_url, follows=follows) if chosen.redis_url else MemoryBroker()
        )
        await stack.enter_async_context(broker.running())
        read, perform = Read(database), Measured(database, broker)
        recognise = Recognition(read)
        doorkeeper = Doorkeeper(recognise, chosen)
        hub = Hub(
            LiveBook(read, perform, Links(chosen)),
            LiveProjection(),
            doorkeeper,
            broker,
            build=build(),
            limits=limits(chosen),
        )
        yield House(chosen, database, broker, perform, read, recognise, doorkeeper, hub)


def share_turns() -> None:
    """Let the threads take turns sooner than after Python's 5 ms.

    The loop hands commands to the database's thread and back, and would wait so long for each.
    Measured on SQLite: 99 of 100 commands reach 200 boards within 10 ms instead of 13-100 ms (W5).
    """
    sys.setswitchinterval(TURN_SECONDS)


def limits(chosen: Settings) -> Limits:
    """The bounds of the live side that people may set."""
    return Limits(
        sockets_per_person=chosen.sockets_per_person,
        sockets_per_channel=chosen.sockets_per_location,
        sockets_per_process=chosen.sockets_per_process,
        sockets_of_customers=chosen.sockets_of_customers,
    )
