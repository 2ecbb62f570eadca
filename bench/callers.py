"""HTTP clients in Python, for machines without a C compiler: the same options as hands.c."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.crowd import quantile, say
from bench.stamps import Stamps


class Callers:
    """Clients that share a list of requests."""

    def __init__(self, asked: argparse.Namespace, stamps: Stamps | None) -> None:
        self.asked = asked
        self.stamps = stamps
        self.requests = list(requests(asked.requests.read_bytes()))
        self.took = [0.0] * len(self.requests)
        self.statuses: Counter[str] = Counter()
        self.late = 0.0
        self.next = 0
        self.began = 0.0

    async def run(self) -> None:
        hands = [
            await asyncio.open_connection("127.0.0.1", self.asked.port)
            for _ in range(self.asked.clients)
        ]
        say({"phase": "ready", "requests": len(self.requests)})
        await asyncio.to_thread(sys.stdin.readline)
        self.began = time.monotonic()
        await asyncio.gather(*(self.work(*hand) for hand in hands))
        self.tell(time.monotonic() - self.began)

    async def work(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take the next request when it is due, as long as there is one."""
        while (number := self.next) < len(self.requests):
            self.next += 1
            if self.asked.rate:
                wait = self.began + number / self.asked.rate - time.monotonic()
                self.late = max(self.late, -wait)
                await asyncio.sleep(max(wait, 0))
            sent = time.monotonic()
            if self.stamps:
                self.stamps.put(self.asked.base // self.stamps.events, number)
            writer.write(self.requests[number])
            self.statuses[await answered(reader)] += 1
            self.took[number] = (time.monotonic() - sent) * 1000
        writer.close()

    def tell(self, seconds: float) -> None:
        if self.asked.answers:
            self.asked.answers.write_text("".join(f"{one:.6f}\n" for one in self.took))
        told: dict[str, Any] = {
            "phase": "done",
            "generator": "python",
            "answered": len(self.took),
            "seconds": seconds,
            "per_second": len(self.took) / seconds,
            "late_ms": self.late * 1000,
            "p50_ms": quantile(self.took, 0.5),
            "p99_ms": quantile(self.took, 0.99),
            "max_ms": max(self.took),
            "statuses": dict(self.statuses),
        }
        say(told)


async def answered(reader: asyncio.StreamReader) -> str:
    """Read one answer; its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            await reader.readexactly(int(value))
    return head[9:12].decode()


def requests(data: bytes) -> Iterator[bytes]:
    """A request is its size on four bytes, then itself."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


def main() -> None:
    asked = argparse.ArgumentParser(prog="bench.callers")
    asked.add_argument("--port", type=int, required=True)
    asked.add_argument("--clients", type=int, default=1)
    asked.add_argument("--requests", type=Path, required=True)
    asked.add_argument("--rate", type=float, default=0.0)
    asked.add_argument("--stamps", type=Path)
    asked.add_argument("--base", type=int, default=0)
    asked.add_argument("--answers", type=Path)
    given = asked.parse_args()
    if given.stamps is None:
        asyncio.run(Callers(given, None).run())
        return
    slots = given.stamps.stat().st_size // 8
    with Stamps(given.stamps, 2, slots // 2) as stamps:
        asyncio.run(Callers(given, stamps).run())


if __name__ == "__main__":
    main()
