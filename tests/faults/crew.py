"""People who place and move orders through everything: for a lost answer they ask again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final

from server.simulation.client import Client
from tests.faults.oracle import Saved
from tests.flow.house import House
from tests.flow.planted import SPOKEN, planted
from tests.flow.programs import Web

LANES: Final = 4
WAYS: Final = (("ready", "fulfilled"), ("fulfilled",), ("ready", "cancelled"), ("ready",))
WHY: Final = {"reason": "customer_request", "message": SPOKEN}


class Crew:
    """Works through that many orders, so many a second; `done` is how far it has come."""

    def __init__(
        self,
        house: House,
        location: int,
        orders: int,
        per_second: float,
        *,
        webs: Sequence[Web] = (),
        name: str = "",
    ) -> None:
        self.house = house
        self.webs = webs or house.webs
        self.name = name
        self.location = location
        self.orders = orders
        self.per_second = per_second
        self.done = 0
        self.moves = 0
        self.moved = asyncio.Event()
        self.saved: list[Saved] = []  # what we were told is saved
        self.asking: list[float] = []  # how long each answer took

    async def work(self) -> None:
        """Every order is placed, and moved to where its number says."""
        numbers, began = iter(range(self.orders)), time.monotonic()
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as lanes:
            for lane in range(LANES):
                web = self.webs[lane % len(self.webs)]
                client = Client(web.url, self.house.cast.shop_token)
                stack.push_async_callback(client.close)
                lanes.create_task(self.lane(client, numbers, began))

    async def lane(self, client: Client, numbers: Iterator[int], began: float) -> None:
        for number in numbers:
            due = began + number / self.per_second
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self.handle(client, number)
            self.done += 1
            self.moved.set()

    async def handle(self, client: Client, number: int) -> None:
        wish = {
            "location": self.location,
            "source": "online_store",
            "external_id": f"{self.name}{number}",
        }
        card = await self.ask(client, "/orders", wish | planted(number), (201,))
        for stage in WAYS[number % len(WAYS)]:
            asked = {"to": stage} | (
                WHY | {"seen": card["version"]} if stage == "cancelled" else {}
            )
            card = await self.ask(client, f"/orders/{card['id']}/advance", asked, (200,))
            self.moves += 1

    async def ask(
        self, client: Client, path: str, body: dict[str, Any], allowed: Sequence[int]
    ) -> dict[str, Any]:
        key = f"{path}:{body.get('to', body.get('external_id'))}"
        began = time.monotonic()
        answer = await client.again("POST", path, json=body, headers={"Idempotency-Key": key})
        self.asking.append(time.monotonic() - began)
        assert answer.status_code in allowed, answer.text
        told: dict[str, Any] = answer.json()
        self.saved.append((told["id"], told["version"]))
        return told

    async def reach(self, share: float) -> None:
        """Wait until that share of the orders is done."""
        while self.done < share * self.orders:
            self.moved.clear()
            await self.moved.wait()
