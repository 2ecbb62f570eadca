"""The telling half of a link: letters in batches, and nobody waits for them."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from redis.asyncio.connection import AbstractConnection, ConnectionPool

from server.realtime.lines import Complaints, Owner, Pace, Words, dial, hang_up, moved, refused


class Teller:
    """Sends what is posted; if too much waits, the oldest goes: the book has it."""

    def __init__(
        self, pool: ConnectionPool, words: Words, owner: Owner, pace: Pace, complaints: Complaints
    ) -> None:
        self.pool = pool
        self.words = words
        self.owner = owner
        self.pace = pace
        self.complain = complaints.complain
        self.waiting: deque[tuple[str, bytes]] = deque(maxlen=pace.waiting_letters)
        self.posted = asyncio.Event()
        self.breaker_until = 0.0
        self.line: AbstractConnection | None = None

    async def run(self) -> None:
        while True:
            await self.posted.wait()
            self.posted.clear()
            while self.waiting:
                await self.send()

    async def finish(self) -> None:
        """Send what was posted last, and hang up."""
        await self.send()
        await hang_up(self.line)

    def post(self, name: str, content: bytes) -> None:
        self.owner.letters.dropped += len(self.waiting) == self.pace.waiting_letters
        self.waiting.append((name, content))
        self.posted.set()

    async def send(self) -> None:
        """One batch in one round trip; after a failure, silence for a while (a breaker)."""
        batch = [self.waiting.popleft() for _ in range(min(len(self.waiting), self.pace.batch))]
        if not batch:
            return
        if time.monotonic() < self.breaker_until:
            self.owner.letters.dropped += len(batch)
            return
        try:
            self.owner.letters.sent += await self.deliver(batch)
        except (
            asyncio.CancelledError
        ):  # we leave: what was under way is sent anew, twice is no harm
            self.waiting.extendleft(reversed(batch))
            await self.drop_line()
            raise
        except Exception as trouble:
            self.owner.letters.dropped += len(batch)
            self.breaker_until = time.monotonic() + self.pace.broken_seconds
            self.complain("ring the bell", trouble)
            await self.drop_line()

    async def drop_line(self) -> None:
        """Answers may be on their way to nobody."""
        line, self.line = self.line, None
        await hang_up(line)

    async def deliver(self, batch: list[tuple[str, bytes]]) -> int:
        """Send, and hear that it was taken; how many letters were."""
        if self.line is None:  # connecting may take longer than ringing
            async with asyncio.timeout(self.pace.connect_seconds):
                self.line = await dial(self.pool)
        line = self.line
        commands = [(self.words.publish, name, content) for name, content in batch]
        async with asyncio.timeout(self.pace.ring_seconds):
            await line.send_packed_command(line.pack_commands(commands), check_health=False)
            refusals = [refusal for _ in batch if (refusal := await refused(line))]
        for refusal in refusals:
            if moved(refusal) is None:
                raise refusal
            self.owner.astray()
        self.owner.letters.dropped += len(refusals)
        return len(batch) - len(refusals)
