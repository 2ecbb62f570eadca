"""W3: boards come in as fast as they can, sign in, subscribe and have their snapshot."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Any, Final

from bench.fanout import PATIENCE_SECONDS, SETTLE_SECONDS
from bench.ground import Ground
from bench.load import Boards, Publisher
from bench.machine import cpu_seconds, resident_bytes
from bench.servers import Heard, Server

FEW: Final = 2_000
MANY: Final = 15_000
SETTLED: Final = 200
STORM: Final = 3_000
RATE: Final = 50.0
SECONDS: Final = 8
KIB: Final = 1024


def measure(kind: type[Server], ground: Ground) -> dict[str, Any]:
    """Connects a second on a cold server; for Heard's fast way also memory and a storm."""
    figures = rush(kind, ground)
    if issubclass(kind, Heard) and not kind.stock:
        figures |= storm(kind, ground)
    return figures


def rush(kind: type[Server], ground: Ground) -> dict[str, Any]:
    """The first sockets of a server, and what they weigh; then many more."""
    server = kind(ground)
    with ExitStack() as stack:
        stack.callback(server.stop)
        server.start()
        time.sleep(SETTLE_SECONDS)
        empty, before = resident_bytes(server.pid), cpu_seconds(server.pid)
        connected = crowd(stack, server, "few", FEW)
        used = cpu_seconds(server.pid) - before
        time.sleep(SETTLE_SECONDS)
        full = resident_bytes(server.pid)
        figures = {
            "connects_per_second": connected["per_second"],
            "failed": connected["failed"],
            "cpu_us_per_connect": used / FEW * 1e6,
            "kb_per_socket": (full - empty) / FEW / KIB,
        }
        if issubclass(kind, Heard) and not kind.stock:
            crowd(stack, server, "many", MANY - FEW)
            time.sleep(SETTLE_SECONDS)
            crowded = resident_bytes(server.pid)
            figures["kb_per_socket"] = (crowded - full) / (MANY - FEW) / KIB
            figures["mb_at_15000"] = crowded / KIB / KIB
        return figures


def crowd(stack: ExitStack, server: Server, name: str, boards: int) -> dict[str, Any]:
    """So many boards, which stay."""
    opened = Boards(server, server.home / name, boards=boards, channels=1)
    stack.callback(opened.kill)
    return opened.ready()


def storm(kind: type[Server], ground: Ground) -> dict[str, Any]:
    """Thousands come to other locations while a settled few are told of events."""
    server = kind(ground)
    events = round(RATE * SECONDS)
    with ExitStack() as stack:
        stack.callback(server.stop)
        server.start()
        stamps = server.home / "settled"
        deadline = SECONDS + PATIENCE_SECONDS
        settled = Boards(server, stamps, boards=SETTLED, events=events, deadline=deadline)
        stack.callback(settled.kill)
        settled.ready()
        publisher = Publisher(server, stamps, events=events, rate=RATE)
        stack.callback(publisher.kill)
        time.sleep(SETTLE_SECONDS)
        publisher.go()
        time.sleep(SECONDS / 4)
        coming = Boards(
            server,
            server.home / "storm",
            boards=STORM,
            channels=99,
            first=2,
            more=[f"--inflight={STORM}"],
        )
        stack.callback(coming.kill)
        came = coming.ready()
        heard = settled.result()
        publisher.result()
    return {
        "storm_seconds": came["seconds"],
        "storm_failed": came["failed"],
        "storm_p99_ms": heard["p99_ms"],
        "storm_max_ms": heard["max_ms"],
        "generator": heard["generator"],
        "lost": heard["lost"],
        "doubled": heard["doubled"],
    }
