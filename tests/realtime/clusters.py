"""A cluster of three Valkeys: each serves a third of the slots, and can be killed."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from bisect import bisect
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

from redis import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from server.embedded import binary
from server.guard import guarded

SHARDS: Final = 3
SLOTS: Final = 16384
BOUNDS: Final = [SLOTS * number // SHARDS for number in range(SHARDS + 1)]
PREFIX: Final = "heard:"
START_SECONDS: Final = 20.0
NODE_TIMEOUT_MS: Final = 1000


class Node:
    """One Valkey of a cluster."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.directory.mkdir(parents=True)
        self.port, self.bus = free_ports()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def redis(self) -> Redis:
        return Redis(port=self.port, socket_timeout=2, decode_responses=True)

    def start(self) -> None:
        words = ["--port", str(self.port), "--cluster-port", str(self.bus)]
        words += ["--bind", "127.0.0.1", "--dir", str(self.directory), "--save", ""]
        words += ["--cluster-enabled", "yes", "--cluster-node-timeout", str(NODE_TIMEOUT_MS)]
        words += ["--repl-diskless-sync-delay", "0"]
        words += ["--logfile", str(self.directory / "log")]
        self.process = subprocess.Popen(
            guarded([binary(), *words], ending=signal.SIGKILL),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until(self.answers)

    def answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, (self.directory / "log").read_text()
        try:
            return bool(self.ask("PING"))
        except RedisError:
            return False

    def ask(self, *words: Any) -> Any:
        with self.redis as redis:
            return redis.execute_command(*words)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


class ClusterOfThree:
    """Its nodes, and which of them has what."""

    def __init__(self, directory: Path) -> None:
        self.nodes = [Node(directory / str(number)) for number in range(SHARDS)]

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(node.name for node in self.nodes)

    def start(self) -> None:
        first = self.nodes[0]
        for node, start, stop in zip(self.nodes, BOUNDS, BOUNDS[1:], strict=False):
            node.start()
            node.ask("CLUSTER", "ADDSLOTSRANGE", start, stop - 1)
            first.ask("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus)
        until(lambda: all(whole(node) for node in self.nodes))

    def node(self, name: str) -> Node:
        """Who has a channel."""
        return self.nodes[bisect(BOUNDS, key_slot(name.encode())) - 1]

    def names(self, each: int = 1) -> list[str]:
        """Channels, so many on each of the first shards."""
        found: dict[Node, list[str]] = {node: [] for node in self.nodes[:SHARDS]}
        for number in count(1):
            mine = found[self.node(f"{PREFIX}location:{number}")]
            if len(mine) < each:
                mine.append(f"location:{number}")
            if all(len(some) == each for some in found.values()):
                return [name for some in found.values() for name in some]
        raise AssertionError("counting never ends")

    def subscribers(self, channel: str) -> list[int]:
        """How many subscribers a channel has on each node."""
        words = ("PUBSUB", "SHARDNUMSUB", PREFIX + channel)
        return [int(node.ask(*words)[1]) for node in self.nodes]

    def add(self, directory: Path) -> Node:
        """One more, which serves nothing yet."""
        node = Node(directory)
        self.nodes.append(node)
        node.start()
        self.nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus)
        until(lambda: all(knows(one, node) for one in self.nodes[:SHARDS]))
        until(lambda: all(knows(node, one) for one in self.nodes[:SHARDS]))
        return node

    def move(self, name: str, target: Node) -> None:
        """Have another node serve the slot of a channel; everybody is told."""
        slot = key_slot(name.encode())
        mine = target.ask("CLUSTER", "MYID")
        for node in [target, *(one for one in self.nodes if one is not target)]:
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", mine)


def whole(node: Node) -> bool:
    told = node.ask("CLUSTER", "INFO")
    return "cluster_state:ok" in told and f"cluster_known_nodes:{SHARDS}\r" in told


def knows(node: Node, other: Node) -> bool:
    lines = node.ask("CLUSTER", "NODES").splitlines()
    return any(f" {other.name}@" in line and "handshake" not in line for line in lines)


def until(condition: Any) -> None:
    give_up = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < give_up, "the cluster does not come up"
        time.sleep(0.01)


def free_ports() -> tuple[int, int]:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        return int(one.getsockname()[1]), int(other.getsockname()[1])


@contextmanager
def cluster(directory: Path) -> Iterator[ClusterOfThree]:
    made = ClusterOfThree(directory)
    try:
        made.start()
        yield made
    finally:
        for node in made.nodes:
            node.kill()
