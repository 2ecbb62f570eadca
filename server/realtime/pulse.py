"""Heads are told, a few at a time; each second the slow and the silent are closed as well."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from server.realtime import frames
from server.realtime.protocol import Close

if TYPE_CHECKING:
    from server.realtime.connection import Connection
    from server.realtime.hub import Hub


class Pulse:
    """Spreads the sockets over a wheel, so that each beat writes only to its share."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        limits = hub.limits
        self.wheel: list[dict[Connection, None]] = [
            {} for _ in range(max(1, round(limits.head_seconds / limits.beat_seconds)))
        ]
        self.joined = self.next = 0
        self.stale = False

    def join(self, connection: Connection) -> None:
        """Spoke after spoke, so that a storm of connects is not followed by storms of heads."""
        self.joined = (self.joined + 1) % len(self.wheel)
        connection.spoke = self.wheel[self.joined]
        connection.spoke[connection] = None

    def leave(self, connection: Connection) -> None:
        connection.spoke.pop(connection, None)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self.beat())
            both.create_task(self.watch())

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(self.hub.limits.beat_seconds)
            self.tell_heads()

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(self.hub.limits.look_seconds)
            self.look_after()

    def look_after(self) -> None:
        self.close_the_slow()
        self.close_the_silent()
        self.hub.customers.beat()
        self.hub.tidy()

    def tell_heads(self) -> None:
        """The next spoke; all at once when the database goes away or comes back."""
        was_stale, self.stale = self.stale, self.hub.lookout.age > self.hub.limits.stale_seconds
        self.next = (self.next + 1) % len(self.wheel)
        turned = self.stale is not was_stale
        now = time.time()
        written: dict[tuple[str, ...], bytes] = {}
        for connection in list(self.hub.connections if turned else self.wheel[self.next]):
            if connection.grant.expires_at is not None and connection.grant.expires_at <= now:
                connection.close(Close.SIGNED_OUT)
            elif connection.wire.ready:
                self.tell(connection, written)
            else:
                self.hub.blocked[connection] = None

    def tell(self, connection: Connection, written: dict[tuple[str, ...], bytes]) -> None:
        names = connection.seated
        if not (names or connection.customers):
            return
        if names not in written:
            heads = {name: self.hub.channels[name].book_head for name in names}
            age = round(self.hub.lookout.age * 1000)
            written[names] = frames.message({"head": heads, "db_age_ms": age, "now": frames.now()})
        connection.wire.write(written[names])

    def close_the_slow(self) -> None:
        """Those whose socket takes nothing for too long, or who fall too far behind."""
        for connection in list(self.hub.blocked):
            if connection.wire.ready or connection.closed:
                self.hub.blocked.pop(connection)
            elif self.too_slow(connection):
                self.hub.counts.slow_closes += 1
                connection.close(Close.TOO_SLOW)

    def too_slow(self, connection: Connection) -> bool:
        limits = self.hub.limits
        blocked = self.hub.clock() - connection.wire.blocked_at
        return blocked > limits.blocked_seconds or connection.behind > limits.behind_events

    def close_the_silent(self) -> None:
        """Those who subscribe to nothing."""
        patience = self.hub.clock() - self.hub.limits.hello_seconds
        for connection, since in list(self.hub.silent.items()):
            if since <= patience:
                connection.close(Close.TOO_SLOW)
