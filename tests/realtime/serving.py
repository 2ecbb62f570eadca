"""The live route behind a real uvicorn, on either way to the socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from server.realtime.broker import MemoryBroker
from server.realtime.direct import DirectProtocol
from server.realtime.lean.arrival import Arrival
from server.realtime.lean.entrance import Entrance
from server.realtime.protocol import SUBPROTOCOL
from server.routes import live
from server.settings import Settings
from tests.realtime.guests import ORIGIN, Pass
from tests.realtime.house import QUICK, House
from tests.realtime.patience import PATIENCE, eventually
from tests.realtime.shelf import BAR, Shelf

WAYS: Final[dict[str, dict[str, Any]]] = {
    "lean": {"http": Arrival, "ws": DirectProtocol},
    "direct": {"http": "httptools", "ws": DirectProtocol},
    "asgi": {"http": "httptools", "ws": "websockets-sansio"},
}
SETTINGS: Final = Settings(public_url=ORIGIN)

HANDSHAKE: Final = (
    f"GET /live HTTP/1.1\r\nHost: h\r\nOrigin: {ORIGIN}\r\nCookie: ana\r\n"
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Served:
    """A running server and its address."""

    def __init__(self, house: House, server: uvicorn.Server, port: int) -> None:
        self.house = house
        self.server = server
        self.port = port
        self.ended = asyncio.Event()

    async def stop(self) -> None:
        """Ask the server to end, and wait until it has."""
        self.server.should_exit = True
        await self.ended.wait()

    @asynccontextmanager
    async def client(self, cookie: str = "ana", **more: Any) -> AsyncIterator[ClientConnection]:
        options: dict[str, Any] = {
            "origin": ORIGIN,
            "subprotocols": [SUBPROTOCOL],
            "additional_headers": {"Cookie": cookie},
            "compression": None,
            "ping_interval": None,
            "open_timeout": PATIENCE,
            "close_timeout": 1,
            **more,
        }
        async with connect(f"ws://127.0.0.1:{self.port}/live", **options) as client:
            yield client

    @asynccontextmanager
    async def board(self, channel: str = BAR, **more: Any) -> AsyncIterator[ClientConnection]:
        """A client that follows a channel and has its snapshot."""
        async with self.client() as client:
            await say(client, {"subscribe": channel, **more})
            assert (await hear(client))["subscribed"] == channel
            if "since" not in more:
                await until(client, lambda message: message.get("part") == message.get("of", 0))
            yield client

    @asynccontextmanager
    async def stalled(self) -> AsyncIterator[None]:
        """A client that follows the bar and from then on reads nothing at all."""
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(client, ("127.0.0.1", self.port))
            await loop.sock_sendall(client, HANDSHAKE.encode())
            assert b" 101 " in await loop.sock_recv(client, 1000)
            body = orjson.dumps({"subscribe": BAR})
            await loop.sock_sendall(client, bytes((0x81, 0x80 | len(body), 0, 0, 0, 0)) + body)
            await eventually(lambda: self.house.hub.audiences)
            yield


@asynccontextmanager
async def served(house: House, way: str, **more: Any) -> AsyncIterator[Served]:
    """A server for the house; it has ended when this is left."""
    app = Starlette(routes=live.routes, lifespan=lambda _: at_work(house))
    config = uvicorn.Config(
        app,
        **WAYS[way],
        ws_per_message_deflate=False,
        ws_max_size=65536,
        log_config=None,
        timeout_graceful_shutdown=1,
        **more,
    )
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        made = Served(house, server, listening.getsockname()[1])
        running = asyncio.create_task(server.serve([listening]))
        running.add_done_callback(lambda _: made.ended.set())
        await eventually(lambda: server.started)
        try:
            yield made
        finally:
            server.should_exit = True
            await running


@asynccontextmanager
async def at_work(house: House) -> AsyncIterator[dict[str, Any]]:
    async with house.hub.running():
        entrance = Entrance(house.hub, house.door)
        yield {"hub": house.hub, "settings": SETTINGS, "entrance": entrance}


async def say(client: ClientConnection, message: Any) -> None:
    await client.send(orjson.dumps(message).decode())


async def hear(client: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        message: dict[str, Any] = orjson.loads(await client.recv())
        return message


async def until(client: ClientConnection, condition: Any) -> list[dict[str, Any]]:
    """Everything that is heard up to the first message that fits."""
    heard = [await hear(client)]
    while not condition(heard[-1]):
        heard.append(await hear(client))
    return heard


async def events(client: ClientConnection, last: int) -> list[int]:
    """The offsets of the events up to one."""
    heard = await until(client, lambda message: message.get("offset") == last)
    return [message["offset"] for message in heard if "event" in message]


def bar_house(**limits: Any) -> House:
    """A house with two guests, and limits of its own."""
    house = House(Shelf(), MemoryBroker(), replace(QUICK, **limits))
    house.door.passes = {"ana": Pass("ana"), "Bearer key": Pass("key")}
    return house


async def closed(client: Any) -> int:
    """The code with which the server closes."""
    with pytest.raises(ConnectionClosed):
        await until(client, lambda _: False)
    code: int = client.close_code
    return code
