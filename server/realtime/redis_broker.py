"""The bell over Redis pub/sub, between processes: one server, or a cluster with its shards."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from server.events import Publication
from server.realtime.broker import Bell, Ears, Letters, tell
from server.realtime.letters import Unreadable, letter, opened
from server.realtime.lines import Pace
from server.realtime.servers import Cluster, OneServer, clustered

log = logging.getLogger(__name__)


class RedisBroker:
    """Rings for other processes without making anybody wait for Redis.

    `follows`: also hears that anything at all was committed, for those who read the whole book.
    """

    def __init__(
        self, url: str, *, prefix: str = "heard:", follows: bool = False, pace: Pace | None = None
    ) -> None:
        self.prefix = prefix
        self.pace = pace or Pace()
        self.bell = Bell()
        self.letters = Letters()
        self.ears: list[Ears] = []
        self.sender = secrets.token_hex(8).encode()
        self.everything = f"{prefix}follow"
        self.watched: set[str] = {self.everything} if follows else set()
        beacon = f"{prefix}beacon:{self.sender.decode()}"
        kind = Cluster if clustered(url) else OneServer
        self.servers: Cluster | OneServer = kind(url, beacon, self, self.pace)
        self.calling: asyncio.TimerHandle | None = None
        self.called_meanwhile = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            for link in self.servers.links:
                link.watch(self.watched)
            work = group.create_task(self.servers.run())
            try:
                yield
            finally:
                if self.calling:
                    self.calling.cancel()
                work.cancel()
                await asyncio.wait({work})
                await asyncio.gather(*(link.teller.finish() for link in self.servers.links))

    async def ready(self) -> None:
        """Until our own bell is heard on every link."""
        await self.servers.known.wait()
        for link in self.servers.links:
            await link.linked.wait()

    def attach(self, ears: Ears) -> None:
        self.ears.append(ears)

    def watch(self, channel: str) -> None:
        self.watched.add(self.prefix + channel)
        self.subscribe(self.prefix + channel)

    def unwatch(self, channel: str) -> None:
        self.watched.discard(self.prefix + channel)
        self.subscribe(self.prefix + channel)

    def subscribe(self, name: str) -> None:
        """Have the link of a channel know whether it is watched."""
        if link := self.servers.link(name):
            if name in self.watched:
                link.watched.add(name)
            else:
                link.watched.discard(name)
            link.changed.set()

    def silences(self) -> Mapping[str, float]:
        return {link.name or "redis": link.silence for link in self.servers.links}

    # telling

    async def publish(self, *publications: Publication) -> None:
        tell(self.ears, publications)
        self.bell.ring()
        for publication in publications:
            self.post(self.prefix + publication.channel, letter(self.sender, publication))
        if publications:
            self.call()
            await asyncio.sleep(0)  # it is sent now, and not behind what the caller does next

    def post(self, name: str, content: bytes) -> None:
        if link := self.servers.link(name):
            link.teller.post(name, content)
        else:  # nobody serves that part of the cluster
            self.letters.dropped += 1

    def call(self) -> None:
        """Call those who read the whole book: at once, then only every so often."""
        if self.calling:
            self.called_meanwhile = True
            return
        self.post(self.everything, self.sender)
        loop = asyncio.get_running_loop()
        self.calling = loop.call_later(self.pace.gather_seconds, self.rested)

    def rested(self) -> None:
        self.calling = None
        if self.called_meanwhile:
            self.called_meanwhile = False
            self.call()

    # hearing

    def heard(self, name: str, content: bytes) -> None:
        """Somebody has committed something."""
        if content.startswith(self.sender):
            return
        self.letters.heard += 1
        if name == self.everything:
            self.bell.ring()
            return
        try:
            news = opened(name.removeprefix(self.prefix), content[len(self.sender) :])
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

    def astray(self) -> None:
        """A server is away, or has not what we thought."""
        self.servers.stir()
