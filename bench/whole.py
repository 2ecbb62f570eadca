"""W5: from an order command over HTTP to the last of 200 boards, and where the time goes."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from bench import orders
from bench.commands import stocked
from bench.crowd import quantile
from bench.fanout import PATIENCE_SECONDS
from bench.ground import Ground
from bench.load import Boards, Hands
from bench.servers import Heard, Server

BOARDS: Final = 200
COMMANDS: Final = 500
RATE: Final = 50
HOPS: Final = ("http_ms", "command_ms", "first_board_ms", "last_board_ms")
NS: Final = 1e6


def measure(kind: type[Server], ground: Ground) -> dict[str, Any]:
    """Fifty commands a second, each of another order of one location."""
    assert issubclass(kind, Heard)
    server = kind(ground)
    server.module = "bench.witness"
    witnessed, table = server.home / "witness", server.home / "table"
    server.more = {"BENCH_WITNESS": str(witnessed)}
    stamps = server.home / "stamps"
    with ExitStack() as stack:
        stack.callback(server.stop)
        ids = stocked(server, [1], COMMANDS)
        server.start()
        deadline = COMMANDS / RATE + PATIENCE_SECONDS
        more = ["--marked", f"--table={table}"]
        boards = Boards(
            server, stamps, boards=BOARDS, events=COMMANDS, deadline=deadline, more=more
        )
        stack.callback(boards.kill)
        boards.ready()
        file = orders.write(orders.advances(ids, server.key), server.home / "requests")
        hands = Hands(server, file, rate=RATE, stamps=stamps, base=COMMANDS)
        stack.callback(hands.kill)
        hands.go()
        answered, counted = hands.result(), boards.result()
        return {
            "p50_ms": counted["last_p50_ms"],
            "p99_ms": counted["last_p99_ms"],
            "answer_p50_ms": answered["p50_ms"],
            "answer_p99_ms": answered["p99_ms"],
            "late_ms": answered["late_ms"],
            **hops(table, witnessed),
            **{name: counted[name] for name in ("lost", "doubled", "disordered", "generator")},
        }


def hops(table: Path, witnessed: Path) -> dict[str, float]:
    """The medians of each part of the way; they add up to about the whole."""
    rung = {}
    for line in witnessed.read_text().splitlines():
        word, channel, *rest = line.split("\t")
        if word == "rung" and channel == "location:1":
            offset, asked, at = map(int, rest)
            rung[offset] = asked, at
    parts: dict[str, list[float]] = {name: [] for name in HOPS}
    for line in table.read_text().splitlines():
        _, offset, _, sent, first, last = map(int, line.split())
        if offset in rung:
            times = (sent, *rung[offset], first, last)
            for name, before, after in zip(HOPS, times, times[1:], strict=False):
                parts[name].append((after - before) / NS)
    return {name: round(quantile(values, 0.5), 3) for name, values in parts.items()}
