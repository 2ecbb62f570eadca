"""The measuring itself: a server that loses, doubles and reorders is found out."""

import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from bench.bars import Bar, judge
from bench.events import MESSAGE_BYTES, message
from bench.fanout import Fanout, run
from bench.ground import ground
from bench.machine import built, compiler
from bench.report import lines
from bench.servers import Heard, Naive
from bench.stamps import Stamps
from bench.workloads import WORKLOADS

SHAKEN = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
GENERATORS = ("python", "c") if compiler() else ("python",)
EVENTS = 6
MIXED_UP = (0, 1, 3, 2, 2, 5)


def framed(text: bytes) -> bytes:
    return bytes((0x81, 126)) + struct.pack(">H", len(text)) + text


def heard_event(number: int) -> bytes:
    return framed(b'{"event":"order.advanced","channel":"location:1","offset":%d}' % (41 + number))


@contextmanager
def serving(greeting: bytes, frames: bytes) -> Iterator[int]:
    """A server of one socket: it shakes hands, greets, and sends these frames in two pieces."""

    def serve() -> None:
        client, _ = door.accept()
        with client:
            while b"\r\n\r\n" not in client.recv(4096):
                pass
            client.sendall(SHAKEN + greeting)
            client.sendall(frames[: len(frames) // 2])
            client.sendall(frames[len(frames) // 2 :])
            while client.recv(4096):
                pass

    with socket.create_server(("127.0.0.1", 0)) as door:
        server = threading.Thread(target=serve)
        server.start()
        yield door.getsockname()[1]
        server.join(10)


def counted(generator: str, directory: Path, port: int, *more: str) -> dict[str, Any]:
    """What one board of that server counts."""
    file = directory / "stamps"
    with Stamps(file, 2, EVENTS) as stamps:
        for number in range(EVENTS):
            stamps.put(1, number)
    command = [sys.executable, "-m", "bench.boards"]
    if generator == "c":
        command = [str(built("generator.c", directory))]
    options = [f"--port={port}", f"--events={EVENTS}", f"--stamps={file}", "--deadline=1", *more]
    with subprocess.Popen(
        [*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as boards:
        assert boards.stdout
        _, told = map(orjson.loads, boards.stdout)
    assert told["generator"] == generator
    assert isinstance(told, dict)
    return told


def wrongs(told: dict[str, Any]) -> Sequence[int]:
    return [told[name] for name in ("deliveries", "lost", "doubled", "disordered", "unstamped")]


@pytest.mark.parametrize("generator", GENERATORS)
def test_what_a_hub_loses_doubles_and_reorders_is_counted(generator: str, tmp_path: Path) -> None:
    frames = b"".join(framed(message(1, number)) for number in MIXED_UP)

    with serving(b"", frames) as port:
        told = counted(generator, tmp_path, port)

    assert wrongs(told) == [5, 1, 1, 1, 0]


@pytest.mark.parametrize("generator", GENERATORS)
def test_of_heard_the_offsets_are_counted(generator: str, tmp_path: Path) -> None:
    subscribed = b'{"subscribed":"location:1","epoch":"e","offset":40}'
    snapshot = b'{"snapshot":"location:1","epoch":"e","offset":40,"part":1,"of":1,"orders":[]}'
    greeting = framed(subscribed) + framed(snapshot)
    frames = b"".join(map(heard_event, MIXED_UP))

    with serving(greeting, frames) as port:
        told = counted(generator, tmp_path, port, "--mode=heard")

    assert wrongs(told) == [5, 1, 1, 1, 0]


@pytest.mark.parametrize("generator", GENERATORS)
def test_another_channels_event_is_a_stray(generator: str, tmp_path: Path) -> None:
    with serving(b"", framed(message(2, 0))) as port:
        told = counted(generator, tmp_path, port)

    assert (told["strays"], told["deliveries"]) == (1, 0)


def test_an_event_has_its_size() -> None:
    assert {len(message(channel, 499)) for channel in (1, 100)} == {MESSAGE_BYTES}


def test_a_burst_reaches_every_board_of_heard() -> None:
    with ground() as stand:
        told = run(Heard, stand, Fanout(boards=10, channels=2, events=5, rate=0))

    assert wrongs(told) == [50, 0, 0, 0, 0]
    assert told["connected"] == 10


def test_a_bar_is_a_ratio_to_the_best_peer_that_is_here() -> None:
    rounds = {"heard": [{"p99_ms": 3.0}], "naive starlette": [{"p99_ms": 2.0}]}

    assert judge(Bar("p99_ms", 1.5, (Naive,)), "heard", rounds).reached
    assert judge(Bar("p99_ms", 1.4, (Naive,)), "heard", rounds).reached is False
    assert judge(Bar("p99_ms", 3.0), "heard", rounds).reached


def test_without_a_peer_nothing_is_claimed() -> None:
    workload = next(one for one in WORKLOADS if one.name == "W1")
    measured = [dict.fromkeys((*workload.shown, *(bar.figure for bar in workload.bars)), 0.0)]

    told = "\n".join(lines(workload, {"heard": measured}, {"nchan": "nginx with Nchan"}))

    assert "no peer      heard: p99_ms ≤ 1.25 × nchan: not here" in told
    assert "not present: nginx with Nchan" in told
