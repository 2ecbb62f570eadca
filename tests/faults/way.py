"""A way to a server that can go bad in every manner a network knows; it has a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

CHUNK: Final = 65536
SMALL: Final = 4096
LOOK_SECONDS: Final = 0.02

Twist = Callable[[bytes], bytes]


@dataclass
class Way:
    """Tests set its attributes while bytes pass; each pair of sockets is a link."""

    upstream: str | int  # a unix socket, or a port
    swallowing: bool = False  # sockets stay open, new ones are taken, and all bytes are lost
    holding: bool = False  # the same, but they arrive later, as over a cable plugged in again
    delay: float = 0.0
    jitter: float = 0.0
    idle_seconds: float = 0.0  # a link without a byte for so long is cut
    rate: float = 0.0  # bytes a second of each link
    gathering: int = 0  # bytes held back until there are so many, as a buffering proxy does
    twist: Callable[[], Twist] | None = None  # what is done to the answers of each new link
    links: int = 0
    idle_cuts: int = 0
    opened_at: list[float] = field(default_factory=list)
    open: set[asyncio.WriteTransport] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.door = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port: int = self.door.getsockname()[1]
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self.serve(),))
        self.ended = asyncio.Event()

    async def serve(self) -> None:
        async with await asyncio.start_server(self.carry, sock=self.door) as server:
            await self.ended.wait()
            server.close()
            self.abort()
            await asyncio.sleep(LOOK_SECONDS)
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

    def reset(self) -> None:
        """Every link breaks at once."""
        self.loop.call_soon_threadsafe(self.abort)

    def abort(self) -> None:
        for transport in list(self.open):
            transport.abort()

    async def carry(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        self.links += 1
        self.opened_at.append(self.loop.time())
        try:
            far, ask = await self.reach()
        except OSError:
            answer.transport.abort()
            return
        ends = {answer.transport, ask.transport}
        self.open |= ends
        twist = self.twist() if self.twist else None
        both = [self.pump(near, ask, None), self.pump(far, answer, twist, answers=True)]
        await asyncio.gather(*both)
        self.open -= ends

    async def reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.upstream, int):
            far = socket.socket()
            far.setblocking(False)
            if self.rate:  # what is not read must be felt at the other end
                far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
            try:
                await self.loop.sock_connect(far, ("127.0.0.1", self.upstream))
            except OSError:
                far.close()
                raise
            return await asyncio.open_connection(sock=far, limit=SMALL)
        return await asyncio.open_unix_connection(self.upstream)

    async def pump(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        twist: Twist | None,
        *,
        answers: bool = False,
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while some := await self.read(source, answers):
                while self.holding and not sink.is_closing():  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_SECONDS)
                await self.linger(len(some))
                if not self.swallowing:
                    sink.write(twist(some) if twist else some)
                    await sink.drain()
        with contextlib.suppress(OSError):
            sink.close()

    async def linger(self, size: int) -> None:
        if self.rate:
            await asyncio.sleep(size / self.rate)
        if self.delay:
            wait = self.delay + random.uniform(-self.jitter, self.jitter)  # noqa: S311
            await asyncio.sleep(wait)

    async def read(self, source: asyncio.StreamReader, answers: bool) -> bytes:
        some = await self.heard(source, answers)
        while answers and some and len(some) < self.gathering:
            more = await self.heard(source, answers)
            if not more:
                break
            some += more
        return some

    async def heard(self, source: asyncio.StreamReader, answers: bool) -> bytes:
        """Some bytes; none once the link is over, or its answers idle for longer than allowed."""
        if not self.idle_seconds or not answers:
            return await source.read(SMALL if self.rate else CHUNK)
        try:
            async with asyncio.timeout(self.idle_seconds):
                return await source.read(SMALL if self.rate else CHUNK)
        except TimeoutError:
            self.idle_cuts += 1
            return b""


@contextmanager
def way_to(upstream: str | int) -> Iterator[Way]:
    """It leads to a port, or to a Redis by its URL."""
    made = Way(upstream.removeprefix("unix://") if isinstance(upstream, str) else upstream)
    made.thread.start()
    try:
        yield made
    finally:
        made.loop.call_soon_threadsafe(made.ended.set)
        made.thread.join(10)
        made.loop.close()
