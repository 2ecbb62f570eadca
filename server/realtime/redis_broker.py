"""The bell over Redis pub/sub, for a house of several processes.

redis-py's pub/sub does not notice a dead link, and does not come back by itself. So the process
listens to itself: it rings a beacon every two seconds, and a link on which it does not hear it for
five is thrown away. After each new link everything may have been missed.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from server.events import Publication
from server.realtime.broker import Bell, Ears, tell
from server.realtime.letters import Unreadable, letter, opened

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the bell may take, and how it finds out that it is dead."""

    beacon_seconds: float = 2.0
    silence_seconds: float = 5.0
    connect_seconds: float = 2.0
    ring_seconds: float = 0.2  # for one batch of letters
    broken_seconds: float = 1.0  # after a failure nothing is sent
    waiting_letters: int = 1_000
    batch: int = 500


class RedisBroker:
    """Rings for other processes without making anybody wait for Redis."""

    def __init__(
        self, url: str, *, prefix: str = "heard:", follows: bool = False, pace: Pace | None = None
    ) -> None:
        self.url = url
        self.prefix = prefix
        self.pace = pace or Pace()
        self.bell = Bell()
        self.ears: list[Ears] = []
        self.sender = secrets.token_hex(8).encode()
        self.beacon = f"{prefix}beacon:{self.sender.decode()}"
        self.everything = f"{prefix}follow"
        self.own = [self.beacon, self.everything] if follows else [self.beacon]
        self.watched: set[str] = set()
        self.asked: set[str] = set()  # what the present link is subscribed to
        self.letters: deque[tuple[str, bytes]] = deque(maxlen=self.pace.waiting_letters)
        self.posted = asyncio.Event()
        self.changed = asyncio.Event()
        self.linked = asyncio.Event()  # our own beacon is heard
        self.breaker_until = 0.0
        self.sending = False  # whether the sending connection is known to answer
        self.pubsub: PubSub | None = None
        self.deadline: asyncio.Timeout | None = None
        self.complained: set[str] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with (
            Redis.from_url(self.url, socket_connect_timeout=self.pace.connect_seconds) as redis,
            asyncio.TaskGroup() as group,
        ):
            tasks = [
                group.create_task(work)
                for work in (self.ring(redis), self.listen(redis), self.tend(), self.beat())
            ]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await self.send(redis)

    def attach(self, ears: Ears) -> None:
        self.ears.append(ears)

    def watch(self, channel: str) -> None:
        self.watched.add(self.prefix + channel)
        self.changed.set()

    def unwatch(self, channel: str) -> None:
        self.watched.discard(self.prefix + channel)
        self.changed.set()

    # telling

    async def publish(self, *publications: Publication) -> None:
        tell(self.ears, publications)
        self.bell.ring()
        for publication in publications:
            self.post(self.prefix + publication.channel, letter(self.sender, publication))
        if publications:
            self.post(self.everything, self.sender)

    def post(self, channel: str, content: bytes) -> None:
        """Hand to the sending task; if too many wait, the oldest go: the book has them."""
        self.letters.append((channel, content))
        self.posted.set()

    async def ring(self, redis: Redis) -> None:
        while True:
            await self.posted.wait()
            self.posted.clear()
            while self.letters:
                await self.send(redis)

    async def send(self, redis: Redis) -> None:
        """One batch in one round trip; after a failure, silence for a while (a breaker)."""
        batch = [self.letters.popleft() for _ in range(min(len(self.letters), self.pace.batch))]
        loop = asyncio.get_running_loop()
        if loop.time() < self.breaker_until:
            return
        try:
            await self.deliver(redis, batch)
        except Exception as trouble:
            self.sending = False
            self.breaker_until = loop.time() + self.pace.broken_seconds
            self.complain("ring the bell", trouble)

    async def deliver(self, redis: Redis, batch: Sequence[tuple[str, bytes]]) -> None:
        if not self.sending:  # connecting may take longer than ringing
            async with asyncio.timeout(self.pace.connect_seconds):
                await redis.ping()
            self.sending = True
        pipeline = redis.pipeline(transaction=False)
        for channel, content in batch:
            pipeline.publish(channel, content)
        async with asyncio.timeout(self.pace.ring_seconds):
            await pipeline.execute()

    async def beat(self) -> None:
        while True:
            self.post(self.beacon, self.sender)
            await asyncio.sleep(self.pace.beacon_seconds)

    # hearing

    async def listen(self, redis: Redis) -> None:
        while True:
            try:
                await self.link(redis)
            except Exception as trouble:
                self.complain("hear the bell", trouble)
            self.linked.clear()
            self.doubt()
            await asyncio.sleep(random.uniform(0.05, self.pace.broken_seconds / 2))  # noqa: S311

    async def link(self, redis: Redis) -> None:
        """Listen over one connection until it fails or falls silent."""
        pubsub = redis.pubsub()
        try:
            async with asyncio.timeout(self.pace.connect_seconds) as self.deadline:
                self.asked = set(self.watched)
                await pubsub.subscribe(*self.own, *self.asked)
                async for message in pubsub.listen():
                    self.hear(pubsub, message)
        finally:
            self.pubsub = self.deadline = None
            with suppress(Exception):  # it may be as dead as it was silent
                await pubsub.aclose()  # type: ignore[no-untyped-call]

    def hear(self, pubsub: PubSub, message: dict[str, Any]) -> None:
        channel, content = message["channel"].decode(), message["data"]
        if message["type"] == "subscribe":
            self.confirmed(pubsub, channel)
        elif message["type"] == "message" and channel == self.beacon:
            self.linked.set()
            self.complained.clear()
            self.give_up_in(self.pace.silence_seconds)
        elif message["type"] == "message" and not content.startswith(self.sender):
            self.heard(channel, content[len(self.sender) :])

    def confirmed(self, pubsub: PubSub, channel: str) -> None:
        """From here on the channel is heard; until just now it was not."""
        self.doubt()
        if channel == self.beacon:  # the link stands
            self.pubsub = pubsub
            self.changed.set()
            self.give_up_in(self.pace.silence_seconds)
            self.post(self.beacon, self.sender)

    def heard(self, channel: str, content: bytes) -> None:
        """Another process has committed something."""
        if channel == self.everything:
            self.bell.ring()
            return
        try:
            news = opened(channel.removeprefix(self.prefix), content)
        except Unreadable as unreadable:
            log.warning("%s", unreadable)
            self.doubt()
            return
        if isinstance(news, Publication):
            tell(self.ears, [news])
        else:
            for ears in self.ears:
                ears.rumour(*news)

    def doubt(self) -> None:
        """Everything may have been missed."""
        self.bell.ring()
        for ears in self.ears:
            ears.doubt()

    async def tend(self) -> None:
        """Be subscribed to what is watched here, and to nothing else."""
        while True:
            await self.changed.wait()
            self.changed.clear()
            if self.pubsub:
                try:
                    async with asyncio.timeout(self.pace.connect_seconds):
                        await self.adjust(self.pubsub)
                except Exception as trouble:
                    self.complain("subscribe", trouble)
                    self.give_up_in(0)

    async def adjust(self, pubsub: PubSub) -> None:
        if missing := self.watched - self.asked:
            self.asked |= missing
            await pubsub.subscribe(*missing)
        if surplus := self.asked - self.watched:
            self.asked -= surplus
            await pubsub.unsubscribe(*surplus)

    def give_up_in(self, seconds: float) -> None:
        """How long the present link may go on without a sign of life."""
        if self.deadline and not self.deadline.expired():
            self.deadline.reschedule(asyncio.get_running_loop().time() + seconds)

    def complain(self, what: str, trouble: Exception) -> None:
        """Once, until the bell is heard again: Redis may be away for hours."""
        if what not in self.complained:
            self.complained.add(what)
            unexpected = not isinstance(trouble, RedisError | OSError | TimeoutError)
            why = trouble or type(trouble).__name__
            log.warning("Cannot %s through Redis: %s", what, why, exc_info=unexpected)
