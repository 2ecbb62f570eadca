"""Brokers that hear each other through a Redis, and ears for them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from server.events import Publication
from server.realtime.broker import Broker
from server.realtime.limits import Limits
from server.realtime.lines import Pace
from server.realtime.link import Link
from server.realtime.redis_broker import RedisBroker
from tests.realtime.house import BLIND, House, house
from tests.realtime.patience import PATIENCE
from tests.realtime.shelf import BAR, Shelf

FAST = Pace(
    beacon_seconds=0.05,
    silence_seconds=0.3,
    connect_seconds=0.3,
    ring_seconds=0.1,
    broken_seconds=0.05,
    gather_seconds=0.01,
    survey_seconds=1.0,
)


class Exchange:
    """A Redis, and brokers that hear each other through it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.prefix = f"{secrets.token_hex(4)}:"

    def broker(self, pace: Pace = FAST, **more: Any) -> RedisBroker:
        return RedisBroker(self.url, prefix=self.prefix, pace=pace, **more)

    @asynccontextmanager
    async def linked(self, pace: Pace = FAST, **more: Any) -> AsyncIterator[RedisBroker]:
        broker = self.broker(pace, **more)
        async with broker.running():
            await up(broker)
            yield broker

    async def subscribed(self, channel: str, times: int) -> None:
        """Wait until Redis counts so many subscribers of a channel."""
        name = (self.prefix + channel).encode()
        async with Redis.from_url(self.url) as redis, asyncio.timeout(PATIENCE):
            while dict(await redis.pubsub_numsub(name)) != {name: times}:
                pass

    async def ring(self, channel: str, *letters: bytes) -> None:
        async with Redis.from_url(self.url) as redis:
            for letter in letters:
                await redis.publish(self.prefix + channel, letter)


async def up(broker: RedisBroker) -> None:
    """Wait until the broker hears itself."""
    async with asyncio.timeout(PATIENCE):
        await broker.ready()


def only(broker: RedisBroker) -> Link:
    """The one link of a broker."""
    [link] = broker.servers.links
    return link


async def again(broker: RedisBroker) -> None:
    """Wait until the broker hears itself once more: whatever it rang before has arrived."""
    for _ in range(2):  # the first beacon may have been on its way already
        for link in broker.servers.links:
            link.linked.clear()
        await up(broker)


@dataclass
class Two:
    """The brokers of two processes; in memory there is only one process."""

    here: Broker
    there: Broker
    exchange: Exchange | None

    async def ready(self) -> None:
        """Wait until both hear of the bar, and each hears itself."""
        if self.exchange:
            await self.exchange.subscribed(BAR, 2)
        for broker in (self.here, self.there):
            if isinstance(broker, RedisBroker):
                await again(broker)

    @asynccontextmanager
    async def houses(self, limits: Limits = BLIND) -> AsyncIterator[tuple[House, House]]:
        shelf = Shelf()
        async with house(limits, shelf, self.here) as one, house(limits, shelf, self.there) as two:
            yield one, two


@asynccontextmanager
async def over(exchange: Exchange) -> AsyncIterator[Two]:
    async with exchange.linked() as here, exchange.linked() as there:
        yield Two(here, there, exchange)


class Ears:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Publication] = []
        self.doubts = 0
        self.deaf = False

    def receive(self, publication: Publication) -> None:
        if self.deaf:
            raise ValueError("no")
        self.heard.append(publication)

    def rumour(self, name: str, epoch: str, offset: int) -> None: ...

    def doubt(self) -> None:
        self.doubts += 1
