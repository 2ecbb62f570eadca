"""A wire that can be whole, cut, silent (half-open) or hoarding, for browsers and databases."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import Enum, auto
from typing import Any, Final, TypeVar

CHUNK: Final = 65536
LOOK_SECONDS: Final = 0.05
TRICKLE_BYTES: Final = 40  # and so many bytes every tenth of a second: an event in two seconds
TRICKLE_SECONDS: Final = 0.1
PATIENCE: Final = 10.0

T = TypeVar("T")
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Mode(Enum):
    WHOLE = auto()
    CUT = auto()  # what is open breaks, what is new is refused
    SILENT = auto()  # nothing gets through, and nobody is told
    HOARDING = auto()  # what the far side says is kept back
    TRICKLING = auto()  # what the far side says comes drop by drop, later and later


class Gate:
    """Passes bytes on as its mode says; `dial` opens the way to the far side."""

    def __init__(self, dial: Callable[[], Awaitable[Ends]]) -> None:
        self.dial = dial
        self.loop = asyncio.new_event_loop()
        self.mode = Mode.WHOLE
        self.open: set[asyncio.StreamWriter] = set()

    @contextmanager
    def at(self, door: socket.socket) -> Iterator[None]:
        """Stands at a listening socket, in a thread of its own."""
        thread = threading.Thread(target=self.loop.run_forever)
        thread.start()
        serving = self.call(self.serve(door))
        try:
            yield
        finally:
            self.mode = Mode.CUT
            self.call(self.close(serving))
            self.loop.call_soon_threadsafe(self.loop.stop)
            thread.join()
            self.loop.close()

    async def serve(self, door: socket.socket) -> asyncio.Server:
        if door.family == socket.AF_UNIX:
            return await asyncio.start_unix_server(self.enter, sock=door)
        return await asyncio.start_server(self.enter, sock=door)

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    async def close(self, serving: asyncio.Server) -> None:
        serving.close()
        self.cut()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def enter(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        if self.mode is Mode.CUT:
            answer.close()
            return
        await self.passable(Mode.SILENT)
        far, ask = await self.dial()
        self.open |= {answer, ask}
        await asyncio.gather(self.pump(near, ask, Mode.SILENT), self.pump(far, answer, *HELD))
        self.open -= {answer, ask}

    async def pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *held: Mode
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await source.read(CHUNK):
                await self.passable(*held)
                while Mode.HOARDING in held and self.mode is Mode.TRICKLING and chunk:
                    sink.write(chunk[:TRICKLE_BYTES])
                    chunk = chunk[TRICKLE_BYTES:]
                    await asyncio.sleep(TRICKLE_SECONDS)
                sink.write(chunk)
                await sink.drain()
        with contextlib.suppress(OSError):
            sink.close()

    async def passable(self, *held: Mode) -> None:
        while self.mode in held:  # noqa: ASYNC110  # it is set from other threads
            await asyncio.sleep(LOOK_SECONDS)

    def set(self, mode: Mode) -> None:
        """From whatever thread."""
        self.mode = mode
        if mode is Mode.CUT:
            self.loop.call_soon_threadsafe(self.cut)

    def cut(self) -> None:
        for end in self.open:
            end.transport.abort()

    @asynccontextmanager
    async def being(self, mode: Mode) -> AsyncIterator[None]:
        """In this mode for a while, then whole."""
        self.set(mode)
        try:
            yield
        finally:
            self.set(Mode.WHOLE)


HELD: Final = (Mode.SILENT, Mode.HOARDING)
