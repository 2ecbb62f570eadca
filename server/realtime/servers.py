"""Which Redis has which channel: one server has them all, a cluster spreads them over shards."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any, Final, Protocol
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio.connection import ConnectionPool
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from server.realtime.lines import PLAIN, SHARDED, Owner, Pace, dial, hang_up
from server.realtime.link import Link

CLUSTER: Final = "+cluster"
STIRRED_AT_MOST: Final = 20  # surveys between two regular ones, however much is astray

log = logging.getLogger(__name__)

Table = Mapping[str, Sequence[range]]  # host:port of each master, and the slots it serves


class Subscriber(Owner, Protocol):
    """The broker, as a cluster knows it."""

    watched: set[str]


class OneServer:
    """All channels at one place."""

    def __init__(self, url: str, beacon: str, owner: Subscriber, pace: Pace) -> None:
        self.only = Link("", url, beacon, PLAIN, owner, pace)
        self.known = asyncio.Event()
        self.known.set()

    @property
    def links(self) -> list[Link]:
        return [self.only]

    def link(self, _name: str) -> Link | None:
        return self.only

    def stir(self) -> None:
        """There is nowhere else to look."""

    async def run(self) -> None:
        await self.only.run()


class Cluster:
    """A link to each master, made and dropped as the cluster changes."""

    def __init__(self, url: str, beacon: str, owner: Subscriber, pace: Pace) -> None:
        self.seeds = places(url)
        self.beacon = beacon
        self.owner = owner
        self.pace = pace
        self.by_node: dict[str, Link] = {}
        self.working: dict[str, asyncio.Task[None]] = {}
        self.served: list[str] = [""] * REDIS_CLUSTER_HASH_SLOTS  # the node of each slot
        self.stirred = asyncio.Event()
        self.known = asyncio.Event()  # somebody has said who serves what
        self.failing = False

    @property
    def links(self) -> list[Link]:
        return list(self.by_node.values())

    def link(self, name: str) -> Link | None:
        """The link of the shard that has this channel, if it is known."""
        return self.by_node.get(self.served[key_slot(name.encode())])

    def stir(self) -> None:
        """Look soon who serves what: it may have changed."""
        self.stirred.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                self.stirred.clear()
                if table := await self.survey():
                    self.adopt(table, group)
                await self.rest()

    async def rest(self) -> None:
        await asyncio.sleep(self.pace.survey_seconds / STIRRED_AT_MOST)
        try:
            async with asyncio.timeout(self.pace.survey_seconds * random.uniform(0.8, 1.2)):  # noqa: S311
                await self.stirred.wait()
        except TimeoutError:
            return

    async def survey(self) -> Table:
        """What the first node says that answers."""
        known = [at(node, self.seeds[0]) for node in self.by_node]
        trouble: Exception | None = None
        for url in dict.fromkeys([*random.sample(known, len(known)), *self.seeds]):
            try:
                async with asyncio.timeout(self.pace.connect_seconds):
                    table = await asked(url)
            except Exception as error:
                trouble = error
            else:
                self.failing = False
                return table
        if not self.failing:
            log.warning("No node of the Redis cluster says who serves what: %s", trouble)
        self.failing = True
        return {}

    def adopt(self, table: Table, group: asyncio.TaskGroup) -> None:
        """Link to who serves now, and watch each channel where it is."""
        before = self.served
        self.served = [""] * REDIS_CLUSTER_HASH_SLOTS
        for node, slots in table.items():
            for some in slots:
                self.served[some.start : some.stop] = [node] * len(some)
        for node in [node for node, link in self.by_node.items() if not self.serves(node, link)]:
            group.create_task(given_up(self.by_node.pop(node), self.working.pop(node)))
        for node in table.keys() - self.by_node.keys():
            self.open(node, group)
        self.share_out()
        self.known.set()
        if self.served != before:
            self.owner.doubt()

    def serves(self, node: str, link: Link) -> bool:
        """Whether it is there, and still has its own beacon."""
        return self.served[key_slot(link.beacon.encode())] == node

    def open(self, node: str, group: asyncio.TaskGroup) -> None:
        beacon = next(
            name
            for number in count()
            if self.served[key_slot((name := f"{self.beacon}:{number}").encode())] == node
        )
        url = at(node, self.seeds[0])
        link = self.by_node[node] = Link(node, url, beacon, SHARDED, self.owner, self.pace)
        self.working[node] = group.create_task(link.run())

    def share_out(self) -> None:
        """Every watched channel is watched at its shard, and nowhere else."""
        shares: dict[str, set[str]] = defaultdict(set)
        for name in self.owner.watched:
            shares[self.served[key_slot(name.encode())]].add(name)
        for node, link in self.by_node.items():
            link.watch(shares[node])


async def given_up(link: Link, work: asyncio.Task[None]) -> None:
    """A server that serves nothing any more."""
    work.cancel()
    await asyncio.wait({work})
    await link.teller.finish()


async def asked(url: str) -> Table:
    """The masters of a cluster and their slots, as one node knows them."""
    line = await dial(ConnectionPool.from_url(url))
    try:
        await line.send_command("CLUSTER", "SLOTS")
        return read(await line.read_response(), urlsplit(url).hostname or "")
    finally:
        await hang_up(line)


def read(answer: Iterable[Any], asked_at: str) -> Table:
    """`CLUSTER SLOTS`: first and last slot, then the master, then its replicas."""
    table: dict[str, list[range]] = defaultdict(list)
    for first, last, (host, port, *_), *_replicas in answer:
        known = (host or b"").decode() or asked_at  # a node that does not know its own name
        table[f"{known}:{port}"].append(range(first, last + 1))
    return table


def clustered(url: str) -> bool:
    """Whether it names a cluster: redis+cluster://…, or several hosts."""
    parts = urlsplit(url)
    return parts.scheme.endswith(CLUSTER) or "," in parts.netloc


def places(url: str) -> list[str]:
    """The address of each host that is named."""
    parts = urlsplit(url)
    who, at_sign, hosts = parts.netloc.rpartition("@")
    scheme = parts.scheme.removesuffix(CLUSTER)
    return [
        urlunsplit((scheme, f"{who}{at_sign}{host}", "", parts.query, ""))
        for host in hosts.split(",")
    ]


def at(node: str, like: str) -> str:
    """The address of a node, reached the way another one is."""
    host, _, port = node.rpartition(":")
    parts = urlsplit(like)
    who, at_sign, _ = parts.netloc.rpartition("@")
    named = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, f"{who}{at_sign}{named}:{port}", "", parts.query, ""))
