"""One Redis server: what is told through it, and what is heard.

A pub/sub link that is dead shows nothing. So the process listens to itself: it rings a beacon every
two seconds, and a link on which it does not hear it for five is thrown away. After each new link
everything may have been missed.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable

from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.crc import key_slot
from redis.exceptions import ResponseError

from server.realtime.lines import Complaints, Owner, Pace, Words, dial, hang_up, moved
from server.realtime.teller import Teller


class Link:
    """Two connections to one server, one that tells and one that listens, each replaced at need."""

    def __init__(
        self, name: str, url: str, beacon: str, words: Words, owner: Owner, pace: Pace
    ) -> None:
        self.name = name
        self.pool = ConnectionPool.from_url(url, socket_connect_timeout=pace.connect_seconds)
        self.beacon = beacon
        self.words = words
        self.owner = owner
        self.pace = pace
        self.watched: set[str] = set()
        self.asked: set[str] = set()  # what the present connection is subscribed to
        self.leaving: Counter[str] = Counter()
        self.changed = asyncio.Event()
        self.linked = asyncio.Event()  # our own beacon is heard
        self.heard_at = time.monotonic()
        self.listening: AbstractConnection | None = None
        self.deadline: asyncio.Timeout | None = None
        self.complaints = Complaints(name)
        self.teller = Teller(self.pool, words, owner, pace, self.complaints)

    @property
    def silence(self) -> float:
        """For how many seconds our own beacon has not been heard."""
        return time.monotonic() - self.heard_at

    async def run(self) -> None:
        """Stay connected as well as may be."""
        async with asyncio.TaskGroup() as group:
            for work in (self.teller.run, self.listen, self.tend, self.beat):
                group.create_task(work())

    def watch(self, names: Iterable[str]) -> None:
        """Be subscribed to exactly these."""
        self.watched = set(names)
        self.changed.set()

    async def beat(self) -> None:
        while True:
            self.teller.post(self.beacon, b"")
            await asyncio.sleep(self.pace.beacon_seconds)

    async def listen(self) -> None:
        while True:
            try:
                await self.hear()
            except Exception as trouble:
                self.complaints.complain("hear the bell", trouble)
            self.linked.clear()
            self.owner.doubt()
            self.owner.astray()
            await asyncio.sleep(random.uniform(0.05, self.pace.broken_seconds / 2))  # noqa: S311

    async def hear(self) -> None:
        """Listen over one connection until it fails or falls silent."""
        line = None
        try:
            async with asyncio.timeout(self.pace.connect_seconds) as self.deadline:
                line = await dial(self.pool)
                self.asked = set(self.watched)
                self.leaving.clear()
                await self.say(line, self.words.subscribe, [self.beacon, *self.asked])
                while True:
                    await self.take(line)
        finally:
            self.listening = self.deadline = None
            await hang_up(line)

    async def take(self, line: AbstractConnection) -> None:
        try:
            kind, name, content = await line.read_response(disconnect_on_error=False)
        except ResponseError as refusal:
            if (slot := moved(refusal)) is None:
                raise
            self.asked = {name for name in self.asked if key_slot(name.encode()) != slot}
            self.owner.astray()
            return
        channel = name.decode()
        if kind.endswith(b"message"):
            self.message(channel, content)
        elif kind.endswith(b"unsubscribe"):
            self.left(channel)
        else:
            self.confirmed(line, channel)

    def message(self, channel: str, content: bytes) -> None:
        if channel == self.beacon:
            self.heard_at = time.monotonic()
            self.linked.set()
            self.complaints.settle()
            self.give_up_in(self.pace.silence_seconds)
        else:
            self.owner.heard(channel, content)

    def confirmed(self, line: AbstractConnection, channel: str) -> None:
        """From here on the channel is heard; until just now it was not."""
        self.owner.doubt()
        if channel == self.beacon:  # the link stands
            self.listening = line
            self.changed.set()
            self.give_up_in(self.pace.silence_seconds)
            self.teller.post(self.beacon, b"")

    def left(self, channel: str) -> None:
        """No longer heard: as we asked, or because another server has it now."""
        if self.leaving[channel]:
            self.leaving[channel] -= 1
        else:
            self.asked.discard(channel)
            self.owner.astray()

    async def tend(self) -> None:
        """Be subscribed to what is watched here, and to nothing else."""
        while True:
            await self.changed.wait()
            self.changed.clear()
            if self.listening:
                try:
                    async with asyncio.timeout(self.pace.connect_seconds):
                        await self.adjust(self.listening)
                except Exception as trouble:
                    self.complaints.complain("subscribe", trouble)
                    self.give_up()

    async def adjust(self, line: AbstractConnection) -> None:
        if missing := self.watched - self.asked:
            self.asked |= missing
            await self.say(line, self.words.subscribe, missing)
        if surplus := self.asked - self.watched:
            self.asked -= surplus
            self.leaving.update(surplus)
            await self.say(line, self.words.unsubscribe, surplus)

    async def say(self, line: AbstractConnection, word: str, names: Iterable[str]) -> None:
        """A command for each: those of one server may be of different slots."""
        commands = line.pack_commands([(word, name) for name in names])
        await line.send_packed_command(commands, check_health=False)

    def give_up(self) -> None:
        """End the present link, whatever sign of life it still gives."""
        self.give_up_in(0)
        self.deadline = None

    def give_up_in(self, seconds: float) -> None:
        """How long the present link may go on without a sign of life."""
        if self.deadline and not self.deadline.expired():
            self.deadline.reschedule(asyncio.get_running_loop().time() + seconds)
