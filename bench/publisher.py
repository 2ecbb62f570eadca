"""Tells a server of events at a given pace: `python -m bench.publisher TO …`, then `go` on stdin.

Heard is told as it is told by any other process: a command commits the events of a tick to the book
in one transaction, then the bell rings. The others hear of them through Redis, or over HTTP.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import event as hooks
from sqlmodel import Session

from bench.events import card, mark, message
from bench.stamps import Stamps
from server.events import Kind, record
from server.house import house
from server.people.actors import Actor, Role
from server.realtime.redis_broker import RedisBroker

SHORTEST_TICK: Final = 0.005
BENCH: Final = Actor(role=Role.INTEGRATION, organization=1, name="bench", key="key:1")

Event = tuple[int, int]  # channel, number
Sender = Callable[[Sequence[Event]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Plan:
    """So many events on each channel, at so many a second; 0: all at once."""

    channels: int
    first: int
    events: int
    rate: float

    def ticks(self) -> Iterator[tuple[float, list[Event]]]:
        """What is due when."""
        everything = [
            (self.first + channel, number)
            for number in range(self.events)
            for channel in range(self.channels)
        ]
        if not self.rate:
            yield 0.0, everything
            return
        size = max(1, round(self.rate * SHORTEST_TICK))
        for start in range(0, len(everything), size):
            yield start / self.rate, everything[start : start + size]


async def keep_pace(plan: Plan, send: Sender) -> dict[str, Any]:
    """Send every tick when it is due; how much of the rate was kept, and how late one was."""
    began, latest = time.monotonic(), 0.0
    waiting = list(plan.ticks())[::-1]
    while waiting:
        due, events = waiting.pop()
        late = time.monotonic() - began - due
        if late < 0:
            await asyncio.sleep(-late)
        while waiting and waiting[-1][0] <= time.monotonic() - began:
            events += waiting.pop()[1]  # a commit may take longer than a tick
        latest = max(latest, late)
        await send(events)
    seconds, total = time.monotonic() - began, plan.channels * plan.events
    pace = min(1.0, total / plan.rate / seconds) if plan.rate else 1.0
    return {"events": total, "pace": pace, "late_ms": latest * 1000}


async def to_heard(plan: Plan, stamps: Stamps, start: Callable[[], None]) -> dict[str, Any]:
    async with house() as parts:
        assert isinstance(parts.broker, RedisBroker)
        await parts.broker.ready()
        await asyncio.to_thread(start)

        async def send(events: Sequence[Event]) -> None:
            await parts.perform(tell, events, stamps)

        return await keep_pace(plan, send)


def tell(session: Session, events: Sequence[Event], stamps: Stamps) -> None:
    """Write down a tick's events; each is stamped when they are committed."""
    for channel, number in events:
        record(
            session,
            Kind.ORDER_ADVANCED,
            f"location:{channel}",
            card(channel, number),
            key="order",
            thing_id=f"ord_{mark(channel, number)}",
            version=number + 1,
            by=BENCH,
        )
    hooks.listen(session, "after_commit", lambda _: stamped(stamps, events), once=True)


def stamped(stamps: Stamps, events: Iterable[Event]) -> None:
    now = time.monotonic_ns()
    for channel, number in events:
        stamps.put(channel, number, now)


async def to_redis(
    plan: Plan, stamps: Stamps, start: Callable[[], None], url: str
) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as redis:
        redis.connect(url.removeprefix("unix://"))
        return await by_socket(plan, stamps, start, redis, published, b":")


async def to_nchan(
    plan: Plan, stamps: Stamps, start: Callable[[], None], port: str
) -> dict[str, Any]:
    with socket.create_connection(("127.0.0.1", int(port))) as nginx:
        nginx.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return await by_socket(plan, stamps, start, nginx, posted, b"HTTP/1.1 20")


async def by_socket(
    plan: Plan,
    stamps: Stamps,
    start: Callable[[], None],
    to: socket.socket,
    written: Callable[[int, bytes], bytes],
    answer: bytes,
) -> dict[str, Any]:
    """One write for a tick, and its answers; all is encoded before the clock starts."""
    ready = {
        event: written(event[0], message(*event)) for _, tick in plan.ticks() for event in tick
    }
    start()

    async def send(events: Sequence[Event]) -> None:
        stamped(stamps, events)
        to.sendall(b"".join(ready[event] for event in events))
        heard, text = 0, b""
        while heard < len(events):
            text += to.recv(1 << 16)
            heard = text.count(answer)

    return await keep_pace(plan, send)


def published(channel: int, text: bytes) -> bytes:
    name = b"bench:%d" % channel
    parts = (b"PUBLISH", name, text)
    return b"*3\r\n" + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


def posted(channel: int, text: bytes) -> bytes:
    head = f"POST /pub/{channel} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(text)}\r\n\r\n"
    return head.encode() + text


def say(line: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(line).decode() + "\n")
    sys.stdout.flush()


def wait_for_go() -> None:
    say({"phase": "ready"})
    sys.stdin.readline()


def main() -> None:
    asked = argparse.ArgumentParser(prog="bench.publisher")
    asked.add_argument("to", choices=("heard", "redis", "nchan"))
    asked.add_argument("address", nargs="?", default="")
    asked.add_argument("--channels", type=int, default=1)
    asked.add_argument("--first", type=int, default=1)
    asked.add_argument("--events", type=int, default=1)
    asked.add_argument("--rate", type=float, default=0.0)
    asked.add_argument("--stamps", type=Path, required=True)
    given = asked.parse_args()
    plan = Plan(given.channels, given.first, given.events, given.rate)
    ways = {
        "heard": lambda stamps: to_heard(plan, stamps, wait_for_go),
        "redis": lambda stamps: to_redis(plan, stamps, wait_for_go, given.address),
        "nchan": lambda stamps: to_nchan(plan, stamps, wait_for_go, given.address),
    }
    with Stamps(given.stamps, given.first + given.channels, given.events) as stamps:
        say({"phase": "done", **asyncio.run(ways[given.to](stamps))})


if __name__ == "__main__":
    main()
