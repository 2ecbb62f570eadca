"""Placing orders the way any client does: over HTTP, with a key, again where the answer is lost."""

import asyncio
import random
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

Order = dict[str, Any]

LANES: Final = 8
TRIES: Final = 30
LONGEST_PAUSE_SECONDS: Final = 2.0
AGAIN: Final = {409, 429, 502, 503}


class RefusedError(Exception):
    """The server will not take an order; the message is its sentence."""


@dataclass(slots=True)
class Tally:
    """What became of the orders."""

    placed: int = 0
    known: int = 0
    lines: int = 0
    minor_units: int = 0
    seconds: float = 0.0
    refused: list[str] = field(default_factory=list)


class Client:
    """A client of the public API."""

    def __init__(self, url: str, key: str, trusted: ssl.SSLContext | bool = True) -> None:
        self.http = httpx2.AsyncClient(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=15,
            verify=trusted,
            limits=httpx2.Limits(max_connections=LANES),
        )

    async def locations(self) -> list[dict[str, Any]]:
        """The places this key may order at."""
        answer = await self.again("GET", "/locations")
        found: list[dict[str, Any]] = answer.json()["locations"]
        return found

    async def place(self, order: Order) -> httpx2.Response:
        """Place one order; the external id keeps a repetition from being a second one."""
        key = f"{order['source']}:{order['location']}:{order['external_id']}"
        return await self.again("POST", "/orders", json=order, headers={"Idempotency-Key": key})

    async def again(self, method: str, path: str, **what: Any) -> httpx2.Response:
        """Ask until there is an answer, with growing pauses, but not for ever."""
        lost = ""
        for attempt in range(TRIES):
            try:
                answer = await self.http.request(method, path, **what)
            except httpx2.TransportError as error:
                lost = f"{self.http.base_url} does not answer: {error}"
            else:
                if answer.status_code not in AGAIN:
                    return answer
                lost = answer.text
            pause = min(0.05 * 2**attempt, LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  # jitter
        raise RefusedError(lost)

    async def play(
        self, orders: Iterable[Order], rate: float, placed: Callable[[Tally], None]
    ) -> Tally:
        """Place the orders at that many a second, or as fast as it goes when the rate is 0."""
        tally, waiting = Tally(), iter(orders)
        start = time.monotonic()
        due = start

        async def lane() -> None:
            nonlocal due
            for order in waiting:
                if rate:
                    due += 1 / rate
                    await asyncio.sleep(max(0.0, due - time.monotonic()))
                count(tally, await self.place(order))
                tally.seconds = time.monotonic() - start
                placed(tally)

        async with asyncio.TaskGroup() as lanes:
            for _ in range(LANES):
                lanes.create_task(lane())
        return tally

    async def close(self) -> None:
        """Hang up."""
        await self.http.aclose()


def count(tally: Tally, answer: httpx2.Response) -> None:
    """Add an answer to the tally."""
    told = answer.json()
    if answer.status_code not in (200, 201):
        tally.refused.append(told.get("detail", answer.text))
        return
    if answer.status_code == 201 and "idempotent-replay" not in answer.headers:
        tally.placed += 1
    else:
        tally.known += 1
    tally.lines += len(told["lines"])
    tally.minor_units += told["totals"]["subtotal"]["amount"]
