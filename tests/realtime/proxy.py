"""A way to Redis that can be made to swallow everything while its sockets stay open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class Proxy:
    """Passes bytes on, or swallows them."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.url = ""
        self.swallowing = False
        self.links = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.links += 1
        back, forth = await asyncio.open_unix_connection(self.upstream)
        self.writers += [writer, forth]
        async with asyncio.TaskGroup() as both:
            both.create_task(self.pass_on(reader, forth))
            both.create_task(self.pass_on(back, writer))

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while some := await reader.read(65536):
                if not self.swallowing:
                    writer.write(some)
        except ConnectionError:
            pass
        writer.close()


@asynccontextmanager
async def proxy(url: str, directory: Path | None = None) -> AsyncIterator[Proxy]:
    """A proxy in front of a Redis on a unix socket: on a socket there, or on a port."""
    made = Proxy(url.removeprefix("unix://"))
    if directory:
        made.url = f"unix://{directory / 'p'}"
        server = await asyncio.start_unix_server(made.serve, directory / "p")
    else:
        server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
        made.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for writer in made.writers:
            writer.close()
        await asyncio.sleep(0)
