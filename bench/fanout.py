"""W1, W2, W2s and W4: events are committed elsewhere, the bell rings, boards hear of them."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

from bench.ground import Ground
from bench.load import Boards, Publisher
from bench.machine import cpu_seconds
from bench.servers import Server

SETTLE_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Fanout:
    """So many boards over so many channels, and what they are told."""

    boards: int
    channels: int
    events: int  # per channel
    rate: float  # a second, over all channels; 0: all at once

    @property
    def seconds(self) -> float:
        return self.events * self.channels / self.rate if self.rate else 0.0


def measure(server: Server, load: Fanout) -> dict[str, Any]:
    """One round with a server that has just been started."""
    stamps = server.home / "stamps"
    deadline = load.seconds + PATIENCE_SECONDS
    asked: dict[str, Any] = {"channels": load.channels, "events": load.events}
    with ExitStack() as stack:
        boards = Boards(server, stamps, boards=load.boards, deadline=deadline, **asked)
        stack.callback(boards.kill)
        connected = boards.ready()
        publisher = Publisher(server, stamps, rate=load.rate, **asked)
        stack.callback(publisher.kill)
        time.sleep(SETTLE_SECONDS)
        before, began = cpu_seconds(server.pid), time.monotonic()
        publisher.go()
        counted = boards.result()
        used, took = cpu_seconds(server.pid) - before, time.monotonic() - began
        told = publisher.result()
    counted["connected"] = connected["boards"]
    counted["server_cpu_seconds"] = round(used, 3)
    counted["server_cpu_share"] = round(used / took, 3)
    counted["late_ms"] = round(told["late_ms"], 1)
    counted["pace"] = round(told["pace"], 3)
    return counted


def run(kind: type[Server], ground: Ground, load: Fanout) -> dict[str, Any]:
    """Start a server, measure it once, stop it."""
    server = kind(ground)
    try:
        server.start()
        return measure(server, load)
    finally:
        server.stop()


def sustained(kind: type[Server], ground: Ground) -> dict[str, Any]:
    """As much as has to be held, and what a fraction of it costs."""
    much = run(kind, ground, Fanout(boards=1000, channels=1, events=8000, rate=1600))
    little = run(kind, ground, Fanout(boards=1000, channels=1, events=1000, rate=200))
    much["p99_ms_at_200"] = little["p99_ms"]
    much["cpu_share_at_200"] = little["server_cpu_share"]
    much["pace"] = min(much["pace"], little["pace"])
    for name in ("lost", "doubled", "disordered"):
        much[name] += little[name]
    return much
