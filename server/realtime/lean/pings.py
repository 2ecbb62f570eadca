"""One timer for all sockets: each is pinged once a turn, and closed if it was silent for one."""

from __future__ import annotations

import asyncio
from typing import Final

from websockets.frames import CloseCode

from server.realtime.lean.wire import PING, LeanWire, control

TURN_SECONDS: Final = 20.0
SPOKES: Final = 100
QUESTION: Final = control(PING, b"")


class Pings:
    """A wheel: those who come one after the other are pinged one after the other."""

    def __init__(self, turn_seconds: float = TURN_SECONDS) -> None:
        self.every = turn_seconds / SPOKES
        self.spokes: list[dict[LeanWire, None]] = [{} for _ in range(SPOKES)]
        self.joined = self.next = 0

    def join(self, wire: LeanWire) -> None:
        """A storm of connects must not be followed by storms of pings."""
        self.joined = (self.joined + 1) % SPOKES
        wire.spoke = self.spokes[self.joined]
        wire.spoke[wire] = None

    async def run(self) -> None:
        """Turn until cancelled."""
        while True:
            await asyncio.sleep(self.every)
            self.turn()

    def turn(self) -> None:
        self.next = (self.next + 1) % SPOKES
        for wire in list(self.spokes[self.next]):
            if not wire.ready:  # its answer waits behind what it does not read
                continue
            if wire.pinged:
                wire.goodbye(CloseCode.INTERNAL_ERROR, "keepalive ping timeout")
                wire.end()
            else:
                wire.pinged = True
                wire.write(QUESTION)
