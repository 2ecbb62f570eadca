"""`websockets.broadcast`: what the library itself offers for telling many the same."""

import asyncio
import sys
from http import HTTPStatus

from redis.asyncio import Redis
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.http11 import Request, Response

rooms: dict[str, set[ServerConnection]] = {}


def health(connection: ServerConnection, request: Request) -> Response | None:
    return None if request.path.startswith("/live/") else connection.respond(HTTPStatus.OK, "up")


async def live(connection: ServerConnection) -> None:
    assert connection.request
    room = rooms.setdefault(connection.request.path.rpartition("/")[2], set())
    room.add(connection)
    try:
        await connection.wait_closed()
    finally:
        room.discard(connection)


async def main() -> None:
    async with (
        Redis.from_url(sys.argv[2]) as redis,
        serve(
            live, "127.0.0.1", int(sys.argv[1]), compression=None, process_request=health,
            backlog=2048,
        ),
    ):  # fmt: skip
        pubsub = redis.pubsub()
        await pubsub.psubscribe("bench:*")
        async for message in pubsub.listen():
            if message["type"] == "pmessage":
                room = rooms.get(message["channel"].decode().partition(":")[2], set())
                broadcast(room, message["data"].decode())


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.run(main())
    except ImportError:
        asyncio.run(main())
