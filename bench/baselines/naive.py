"""The hub of the tutorials: a queue and a sending task per socket, one redis-py listener for all.

Its text is fixed: it is what the figures are divided by.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import uvicorn
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

rooms: dict[str, set[asyncio.Queue[str]]] = {}


async def live(socket: WebSocket) -> None:
    await socket.accept()
    queue: asyncio.Queue[str] = asyncio.Queue()
    room = rooms.setdefault(socket.path_params["channel"], set())
    room.add(queue)
    sending = asyncio.create_task(send(socket, queue))
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        pass
    finally:
        room.discard(queue)
        sending.cancel()


async def send(socket: WebSocket, queue: asyncio.Queue[str]) -> None:
    while True:
        await socket.send_text(await queue.get())


async def listen(redis: Redis) -> None:
    pubsub = redis.pubsub()
    await pubsub.psubscribe("bench:*")
    async for message in pubsub.listen():
        if message["type"] == "pmessage":
            event = message["data"].decode()
            for queue in rooms.get(message["channel"].decode().partition(":")[2], ()):
                queue.put_nowait(event)


@contextlib.asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    async with Redis.from_url(sys.argv[2]) as redis:
        listening = asyncio.create_task(listen(redis))
        yield
        listening.cancel()


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[WebSocketRoute("/live/{channel}", live)], lifespan=lifespan),
        port=int(sys.argv[1]),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="warning",
        access_log=False,
    )
