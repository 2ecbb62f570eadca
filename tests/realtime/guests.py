"""Who comes to the door, and what each audience may see."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from server import auth
from server.events import Audience, Publication
from server.realtime.book import Grant
from server.realtime.lean.entrance import Unknown
from server.realtime.lean.handshake import Handshake
from server.settings import Settings
from tests.realtime.shelf import BAR, SHOP

ORIGIN: Final = "https://bar.example.org"


class Views:
    """Displays see no e-mail; pick-up screens see no order that is for staff only."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()

    def event(self, audience: Audience, publication: Publication) -> bytes | None:
        self.made[audience] += 1
        thing = orjson.loads(publication.thing)
        if thing.get("broken") and audience is Audience.DISPLAY:
            raise ValueError("no display can show this")
        if thing.get("staff_only") and audience is Audience.PICKUP:
            return None
        return self.card(audience, publication.thing)

    def card(self, audience: Audience, card: bytes) -> bytes:
        if audience is Audience.STAFF:
            return card
        thing = orjson.loads(card)
        del thing["email"]
        return orjson.dumps(thing)


@dataclass(frozen=True)
class Pass:
    """A grant."""

    person: str = "ana"
    organization: int = 1
    access_version: int = 1
    expires_at: float | None = None
    channels: frozenset[str] = frozenset({BAR, SHOP, "location:404"})

    def may_watch(self, channel: str, audience: Audience) -> bool:
        return channel in self.channels

    def rights(self, channel: str) -> Sequence[str]:
        return ["orders.read", "orders.move"]


class Door:
    """Knows everybody by the passes it was given."""

    def __init__(self) -> None:
        self.passes: dict[str, Pass | None] = {}
        self.settings = Settings(public_url=ORIGIN)
        self.failing = False
        self.forgetful = False  # whether it has to be asked about everybody
        self.answers = asyncio.Event()
        self.answers.set()
        self.slow = asyncio.Event()  # a recheck has read, and has not yet said it
        self.slow.set()
        self.asked: list[int] = []  # about how many at once
        self.rechecked = 0
        self.uses: list[Grant] = []

    async def admit(self, scope: Mapping[str, Any]) -> Grant | None:
        if self.failing:
            raise ConnectionError("the database is away")
        headers = dict(scope["headers"])
        name: bytes = headers.get(b"cookie") or headers.get(b"authorization") or b""
        return self.passes.get(name.decode())

    def ours(self, asked: Handshake) -> bool:
        return auth.may_knock(asked.authorization, asked.origin, asked.host, self.settings)

    def recall(self, asked: Handshake) -> Grant | None:
        if self.forgetful:
            raise Unknown
        return self.passes.get(asked.cookie or asked.authorization or "")

    async def admit_all(self, asked: Sequence[Handshake]) -> Sequence[Grant | None]:
        self.asked.append(len(asked))
        await self.answers.wait()
        if self.failing:
            raise ConnectionError("the database is away")
        return [self.passes.get(one.cookie or one.authorization or "") for one in asked]

    async def recheck(self, grant: Grant) -> Grant | None:
        self.rechecked += 1
        if self.failing:
            raise ConnectionError("the database is away")
        read = self.passes.get(grant.person)
        await self.slow.wait()
        return read

    def used(self, grant: Grant) -> None:
        self.uses.append(grant)
