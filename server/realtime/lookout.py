"""Looks at the database each second: heads, epochs and access versions, all in one query.

The bell is only a hint. This look is what makes a board live without Redis and heals what a bell
lost; how long ago it last succeeded is told to every client.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from server.events import Head, Heads
from server.realtime.channel import Channel

if TYPE_CHECKING:
    from server.realtime.hub import Hub

AT_MOST_EVERY: Final = 0.02  # however many bells are doubted

log = logging.getLogger(__name__)


class Lookout:
    """The one task that asks where all watched channels stand."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.looked_at = hub.clock()  # when the last look that succeeded began
        self.failing = False
        self.woken = asyncio.Event()
        self.asking: list[asyncio.Future[None]] = []

    @property
    def age(self) -> float:
        """How old our picture of the database is."""
        return self.hub.clock() - self.looked_at

    def wake(self) -> None:
        """Look as soon as possible."""
        self.woken.set()

    async def fresh(self) -> None:
        """Wait for a look that began after this call."""
        asked = asyncio.get_running_loop().create_future()
        self.asking.append(asked)
        self.wake()
        await asked

    async def run(self) -> None:
        while True:
            await self.rest()
            await self.look()

    async def rest(self) -> None:
        """A second, or until somebody doubts what we know."""
        await asyncio.sleep(AT_MOST_EVERY)
        try:
            async with asyncio.timeout(self.hub.limits.look_seconds - AT_MOST_EVERY):
                await self.woken.wait()
        except TimeoutError:
            return

    async def look(self) -> None:
        self.woken.clear()
        answers, self.asking = self.asking, []
        watched = [(channel, channel.ring.head) for channel in self.hub.channels.values()]
        began = self.hub.clock()
        try:
            names = [channel.name for channel, _ in watched]
            heads = await self.hub.patient(self.hub.book.heads(names))
        except Exception:
            self.asking += answers
            self.failed()
            return
        self.looked_at, self.failing = began, False
        self.tell(watched, heads)
        for answer in answers:
            if not answer.done():  # who asked may have gone
                answer.set_result(None)

    def failed(self) -> None:
        """Boards hear it by the growing age; the log hears it once."""
        if not self.failing:
            log.exception("Cannot look at the database; trying again each second")
        self.failing = True

    def tell(self, watched: list[tuple[Channel, int]], heads: Heads) -> None:
        for channel, seen in watched:
            if self.hub.channels.get(channel.name) is channel:
                self.tell_one(channel, heads.channels.get(channel.name), seen)
        self.hub.rights.versions(heads.access)

    def tell_one(self, channel: Channel, found: Head | None, seen: int) -> None:
        if found:
            channel.looked(found, seen)
        else:
            channel.lost()
