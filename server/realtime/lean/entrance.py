"""Who may open a socket: from memory at once, else by one question for all who wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final, Protocol

from uvicorn.server import ServerState

from server.realtime.book import Grant
from server.realtime.hub import Hub
from server.realtime.lean.handshake import Handshake, accepted
from server.realtime.lean.pings import Pings
from server.realtime.lean.wire import LeanWire

ENTRANCE: Final = "entrance"  # the key in the application's state
ASKED_AT_ONCE: Final = 500
ENTER_AT_ONCE: Final = 16  # a storm of thousands must not hold up everybody else

log = logging.getLogger(__name__)


class Unknown(LookupError):
    """Nobody remembers: it has to be asked."""


class Caller(Protocol):
    """A connection on which a socket was asked for."""

    transport: asyncio.Transport
    connections: set[Any]  # uvicorn's own
    server_state: ServerState

    def let_go(self) -> None:
        """The transport is somebody else's now, and nothing may keep this object."""

    def cannot(self) -> None:
        """Nobody can be asked who this is."""


class Door(Protocol):
    """What decides who comes in."""

    def ours(self, asked: Handshake) -> bool:
        """Whether a page of ours asks, or a program."""

    def recall(self, asked: Handshake) -> Grant | None:
        """Who it is, from memory; None: nobody we know. Raises `Unknown`."""

    async def admit_all(self, asked: Sequence[Handshake]) -> Sequence[Grant | None]:
        """Who they are."""


class Entrance:
    """Where plain requests to open a socket come in."""

    def __init__(self, hub: Hub, door: Door, pings: Pings | None = None) -> None:
        self.hub = hub
        self.door = door
        self.pings = pings or Pings()
        self.pinging = False
        self.waiting: list[tuple[Caller, Handshake]] = []
        self.working = False

    def come(self, caller: Caller, asked: Handshake) -> bool:
        """Let it in, now or soon; False to leave it to the stock way, which says why not."""
        if self.hub.stopping or not self.door.ours(asked):
            return False
        try:
            grant = self.door.recall(asked)
        except Unknown:
            self.wait(caller, asked)
        else:
            self.enter(caller, asked, grant)
        return True

    def enter(self, caller: Caller, asked: Handshake, grant: Grant | None) -> None:
        """Open the socket; whoever is nobody is told so by its close code."""
        transport = caller.transport
        if transport.is_closing():
            return
        wire = LeanWire(transport, caller.connections)
        transport.write(accepted(asked, caller.server_state.default_headers))
        transport.set_protocol(wire)
        caller.let_go()
        wire.listener = self.hub.connect(grant, wire)
        if not wire.closing:
            self.watch(wire)

    def watch(self, wire: LeanWire) -> None:
        self.pings.join(wire)
        if not self.pinging:
            self.pinging = True
            self.hub.spawn(self.pings.run())

    def wait(self, caller: Caller, asked: Handshake) -> None:
        """What it says meanwhile stays with the kernel."""
        caller.transport.pause_reading()
        self.waiting.append((caller, asked))
        if not self.working:
            self.working = True
            self.hub.spawn(self.work())

    async def work(self) -> None:
        while self.waiting:
            some, self.waiting = self.waiting[:ASKED_AT_ONCE], self.waiting[ASKED_AT_ONCE:]
            try:
                asking = self.door.admit_all([asked for _, asked in some])
                grants = await self.hub.patient(asking)
            except Exception:
                log.exception("Could not ask who opens %d sockets", len(some))
                for caller, _ in some:
                    caller.cannot()
            else:
                await self.let_in(some, grants)
        self.working = False

    async def let_in(
        self, some: Sequence[tuple[Caller, Handshake]], grants: Sequence[Grant | None]
    ) -> None:
        for number, ((caller, asked), grant) in enumerate(zip(some, grants, strict=True), 1):
            caller.transport.resume_reading()
            self.enter(caller, asked, grant)
            if number % ENTER_AT_ONCE == 0:
                await asyncio.sleep(0)
