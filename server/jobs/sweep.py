"""Every five seconds, straight from the database: what is due and in nobody's hands."""

import asyncio
import logging
from datetime import datetime
from typing import Final

from server.clock import now
from server.jobs import housekeeping
from server.jobs.house import House
from server.jobs.messages import WAITING, Post
from server.jobs.stopping import heed_stop
from server.messaging import outbox
from server.places import status

EVERY_SECONDS: Final = 5.0
TIDY_EVERY: Final = 12  # turns: once a minute

log = logging.getLogger(__name__)


class Sweep:
    """The loop. It needs no Redis, and as many processes as like may run it."""

    def __init__(self, house: House, post: Post, every: float = EVERY_SECONDS) -> None:
        self.house = house
        self.post = post
        self.every = every
        self.turns = 0
        self.swept_at: datetime | None = None

    async def run(self) -> None:
        """Sweep again and again."""
        while True:
            await self.turn()
            heed_stop()
            await asyncio.sleep(self.every)

    async def turn(self) -> None:
        """Look once after everything that may have been left lying."""
        await self.mails()
        await self.house.perform(status.reopen_due, now())
        if self.turns % TIDY_EVERY == 0:
            await self.tidy()
        self.turns += 1
        self.swept_at = now()

    async def mails(self) -> None:
        """Take mails out of dead hands, and offer those that are due to our own lanes."""
        freed, unknown = await self.house.perform(outbox.lapse)
        if freed or unknown:
            log.warning("Out of dead hands: %d mails to send, %d unknown", freed, unknown)
        self.post.offer(await self.house.read(outbox.due, WAITING))

    async def tidy(self) -> None:
        """Clear away what is over, batch by batch."""
        await self.house.perform(housekeeping.tidy)
        for channel in await self.house.read(housekeeping.outgrown):
            await self.house.perform(housekeeping.forget, channel)
