"""The workloads, who takes part in each, and what has to be reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from bench import commands, connecting, fanout, returning, whole
from bench.bars import Bar
from bench.fanout import Fanout
from bench.ground import Ground
from bench.servers import (
    Broadcast,
    Coalesced,
    Heard,
    HeardByStock,
    HeardOnPostgreSQL,
    Naive,
    Nchan,
    NodeWs,
    Server,
    SocketIo,
)

Measure = Callable[[type[Server], Ground], dict[str, Any]]

OURS: Final = (Heard, HeardOnPostgreSQL)
PYTHON_OR_NODE: Final = (Naive, Broadcast, NodeWs, SocketIo)
EVERYBODY: Final = (*OURS, *PYTHON_OR_NODE, Nchan, Coalesced)
NOTHING_LOST: Final = (Bar("lost", 0, digits=0), Bar("doubled", 0, digits=0), Bar("disordered", 0))
LATENCY: Final = ("p50_ms", "p99_ms", "server_cpu_seconds", "pace", "lost", "doubled", "disordered")
KEPT: Final = Bar("pace", 0.98, at_least=True)  # of the rate at which events were to be told


@dataclass(frozen=True, slots=True)
class Workload:
    """Something to measure: each server once in each round."""

    name: str
    title: str
    measure: Measure
    servers: tuple[type[Server], ...]
    shown: tuple[str, ...]
    bars: tuple[Bar, ...]
    aside: tuple[str, ...] = ()  # ways of running Heard that are only compared with


WORKLOADS: Final = (
    Workload(
        "W1",
        "200 boards, 50 events/s",
        partial(fanout.run, load=Fanout(boards=200, channels=1, events=500, rate=50)),
        EVERYBODY,
        LATENCY,
        (
            Bar("p50_ms", 1.1, PYTHON_OR_NODE),
            Bar("p99_ms", 1.1, PYTHON_OR_NODE),
            Bar("p99_ms", 1.25, (Nchan,)),
            KEPT,
            *NOTHING_LOST,
        ),
    ),
    Workload(
        "W2",
        "1 000 boards, a burst of 500 events",
        partial(fanout.run, load=Fanout(boards=1000, channels=1, events=500, rate=0)),
        EVERYBODY,
        ("per_second", "max_ms", "server_cpu_seconds", "lost", "doubled", "disordered"),
        (
            Bar("per_second", 25, (Naive,), at_least=True),
            Bar("per_second", 25, (SocketIo,), at_least=True),
            Bar("per_second", 10, (Nchan,), at_least=True),
            Bar("per_second", 0.8, (Coalesced,), at_least=True),
            *NOTHING_LOST,
        ),
    ),
    Workload(
        "W2s",
        "1 000 boards, 1 600 events/s for 5 s; and 200 events/s",
        fanout.sustained,
        (*OURS, Coalesced),
        (
            *("p50_ms", "p99_ms", "pace", "server_cpu_share"),
            *("p99_ms_at_200", "cpu_share_at_200", "lost", "doubled", "disordered"),
        ),
        (
            Bar("p99_ms", 50, unit=" ms"),
            Bar("cpu_share_at_200", 0.6),
            KEPT,
            *NOTHING_LOST,
        ),
    ),
    Workload(
        "W3",
        "connects with sign-in, subscribe and snapshot; then a storm of 3 000 beside 200",
        connecting.measure,
        (Heard, HeardByStock, Naive, Broadcast, NodeWs, SocketIo, Nchan, Coalesced),
        (
            *("connects_per_second", "cpu_us_per_connect", "kb_per_socket", "mb_at_15000"),
            *("storm_seconds", "storm_p99_ms", "failed"),
        ),
        (
            Bar("connects_per_second", 4500, at_least=True, digits=0),
            Bar("connects_per_second", 4, (HeardByStock,), at_least=True),
            Bar("kb_per_socket", 4, unit=" KB"),
            Bar("mb_at_15000", 100, unit=" MB"),
            Bar("storm_p99_ms", 30, unit=" ms"),
            Bar("failed", 0, digits=0),
            Bar("storm_failed", 0, digits=0),
            Bar("lost", 0, digits=0),
        ),
        aside=(HeardByStock.name,),
    ),
    Workload(
        "W4",
        "1 000 boards on 100 locations, 200 events/s",
        partial(fanout.run, load=Fanout(boards=1000, channels=100, events=20, rate=200)),
        EVERYBODY,
        LATENCY,
        (
            Bar("p99_ms", 1.2, unit=" ms"),
            Bar("server_cpu_seconds", 1.3, (Nchan,)),
            Bar("server_cpu_seconds", 0.5, (Naive,)),
            KEPT,
            *NOTHING_LOST,
        ),
    ),
    Workload(
        "W5",
        "from an order command over HTTP to the last of 200 boards, 50 commands/s",
        whole.measure,
        OURS,
        ("p50_ms", "p99_ms", *whole.HOPS, "answer_p50_ms", "answer_p99_ms", "lost"),
        (
            Bar("p99_ms", 25, unit=" ms", on=(Heard,)),
            Bar("p99_ms", 35, unit=" ms", on=(HeardOnPostgreSQL,)),
            *NOTHING_LOST,
        ),
    ),
    Workload(
        "W6",
        "2 000 boards come back at once with a position while 50 orders/s move",
        returning.measure,
        OURS,
        (
            *("current_seconds", "command_p99_ms", "book_queries", "book_queries_in_3_s_before"),
            *("heads_queries", "login_queries", "failed", "lost", "doubled"),
        ),
        (
            Bar("current_seconds", 3, unit=" s"),
            Bar("command_p99_ms", 150, unit=" ms"),
            Bar("book_queries", 1, digits=0),
            Bar("failed", 0, digits=0),
            *NOTHING_LOST,
        ),
    ),
    Workload(
        "W7",
        "advances/s through HTTP, 16 clients, on one location and on 100",
        commands.measure,
        OURS,
        (
            *("per_second", "p99_ms", "server_cpu_ms", "per_second_on_100", "p99_ms_on_100"),
            "per_second_by_two",
        ),
        (
            Bar("per_second", 500, at_least=True, digits=0),
            Bar("per_second_on_100", 500, at_least=True, digits=0),
        ),
    ),
)
