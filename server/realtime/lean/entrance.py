"""Who may open a socket: from memory at once, else by one question for all who wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

from server.realtime.book import Grant
from server.realtime.hub import Hub
from server.realtime.lean.handshake import Handshake, accepted
from server.realtime.lean.pings import Pings
from server.realtime.lean.wire import LeanWire

if TYPE_CHECKING:
    from server.realtime.lean.upgrade import LeanHttp

ASKED_AT_ONCE: Final = 500
ENTER_AT_ONCE: Final = 16  # a storm of thousands must not hold up everybody else

log = logging.getLogger(__name__)


class Unknown(LookupError):
    """Nobody remembers: it has to be asked."""


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
        self.waiting: list[tuple[LeanHttp, Handshake]] = []
        self.working = False

    def come(self, http: LeanHttp, asked: Handshake) -> bool:
        """Let it in, now or soon; False to leave it to the stock way, which says why not."""
        if self.hub.stopping or not self.door.ours(asked):
            return False
        try:
            grant = self.door.recall(asked)
        except Unknown:
            self.wait(http, asked)
        else:
            self.enter(http, asked, grant)
        return True

    def enter(self, http: LeanHttp, asked: Handshake, grant: Grant | None) -> None:
        """Open the socket; whoever is nobody is told so by its close code."""
        transport = http.transport
        if transport.is_closing():
            return
        wire = LeanWire(transport, http.connections)
        transport.write(accepted(asked, http.server_state.default_headers))
        transport.set_protocol(wire)
        http.let_go()
        wire.listener = self.hub.connect(grant, wire)
        if not wire.closing:
            self.watch(wire)

    def watch(self, wire: LeanWire) -> None:
        self.pings.join(wire)
        if not self.pinging:
            self.pinging = True
            self.hub.spawn(self.pings.run())

    def wait(self, http: LeanHttp, asked: Handshake) -> None:
        """What it says meanwhile stays with the kernel."""
        http.transport.pause_reading()
        self.waiting.append((http, asked))
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
                for http, _ in some:
                    http.cannot()
            else:
                await self.let_in(some, grants)
        self.working = False

    async def let_in(
        self, some: Sequence[tuple[LeanHttp, Handshake]], grants: Sequence[Grant | None]
    ) -> None:
        for number, ((http, asked), grant) in enumerate(zip(some, grants, strict=True), 1):
            http.transport.resume_reading()
            self.enter(http, asked, grant)
            if number % ENTER_AT_ONCE == 0:
                await asyncio.sleep(0)
