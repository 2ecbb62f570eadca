"""W7: advances a second through HTTP, with a key and idempotency, each of another order."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

from bench import orders
from bench.ground import LOCATIONS, Ground, Stock
from bench.load import Hands
from bench.machine import cores, cpu_seconds
from bench.programs import Program, answers, free_port
from bench.servers import Heard, HeardOnPostgreSQL, Server

ADVANCES: Final = 2_000
CLIENTS: Final = 16


def measure(kind: type[Server], ground: Ground) -> dict[str, Any]:
    """All on one location, then over a hundred; on PostgreSQL also by two processes."""
    assert issubclass(kind, Heard)
    one = advanced(kind, ground, [1])
    many = advanced(kind, ground, range(1, LOCATIONS + 1))
    figures = {
        "per_second": one["per_second"],
        "p99_ms": one["p99_ms"],
        "server_cpu_ms": one["server_cpu_ms"],
        "per_second_on_100": many["per_second"],
        "p99_ms_on_100": many["p99_ms"],
        "generator": one["generator"],
    }
    if issubclass(kind, HeardOnPostgreSQL):
        figures["per_second_by_two"] = by_two(kind, ground)
    return figures


def advanced(kind: type[Heard], ground: Ground, locations: Sequence[int]) -> dict[str, Any]:
    """Sixteen clients, each sending its next request as soon as the last is answered."""
    server = kind(ground)
    with ExitStack() as stack:
        stack.callback(server.stop)
        ids = stocked(server, locations, ADVANCES)
        server.start()
        file = orders.write(orders.advances(ids, server.key), server.home / "requests")
        hands = Hands(server, file, clients=CLIENTS)
        stack.callback(hands.kill)
        before = cpu_seconds(server.pid)
        hands.go()
        told = hands.result()
        told["server_cpu_ms"] = (cpu_seconds(server.pid) - before) / ADVANCES * 1000
        return told


def stocked(server: Heard, locations: Sequence[int], count: int) -> list[str]:
    """Lay it a database in which so many orders stand; their ids. Made once, then copied."""
    name = f"{server.name}, {count} on {len(locations)}"
    if name not in server.ground.stocks:
        server.prepare()
        ids = orders.placed(server.url, server.key, locations, count)
        server.ground.stocks[name] = Stock(server.keep(name), server.key, ids)
    stock = server.ground.stocks[name]
    server.take(stock.source, stock.key)
    return stock.ids


def by_two(kind: type[HeardOnPostgreSQL], ground: Ground) -> float:
    """The same by two web processes, the second on the core of load and database."""
    server = kind(ground)
    with ExitStack() as stack:
        stack.callback(server.stop)
        ids = stocked(server, range(1, LOCATIONS + 1), ADVANCES)
        server.start()
        port = free_port()
        settings = {**server.settings(), "PORT": str(port)}
        log = server.home / "second.log"
        second = Program(server.command(), log, core=cores()[1], settings=settings)
        stack.callback(second.stop)
        second.wait(lambda: answers(port, "/readyz"))
        asked = orders.advances(ids, server.key)
        halves = [orders.write(asked[n::2], server.home / f"half{n}") for n in (0, 1)]
        doors = (server.port, port)
        both = [
            Hands(server, half, clients=CLIENTS // 2, port=door)
            for half, door in zip(halves, doors, strict=True)
        ]
        for hands in both:
            stack.callback(hands.kill)
            hands.go()
        told = [hands.result() for hands in both]
        return float(ADVANCES / max(one["seconds"] for one in told))
