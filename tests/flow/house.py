"""A whole Heard for a test: real `web` and `worker` processes over a database and a Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
from sqlmodel import Session, col, select

from server.db import Database
from server.embedded import Valkey
from server.events import Audience
from server.models import Order
from server.orders import boards, cards
from tests.flow.board import Board
from tests.flow.foundation import Foundation
from tests.flow.programs import Program, Web, chosen
from tests.flow.shop import Shop
from tests.flow.truth import Truth

WEB: Final = ("server", "web")


class House:
    """Its processes, and ways to look at it from outside and at its database from inside."""

    def __init__(self, foundation: Foundation, var: Path, valkey: Valkey) -> None:
        self.cast = foundation.cast
        self.var = var
        self.valkey = valkey
        self.settings = {"VAR_DIR": str(var), "REDIS_URL": valkey.url, **foundation.lay(var)}
        self.database = Database(chosen(self.settings).database, pool=2)
        self.webs: list[Web] = []
        self.workers: list[Program] = []

    @property
    def web(self) -> Web:
        """The first web process."""
        return self.webs[0]

    def start(
        self, webs: int, workers: int, words: Sequence[str], settings: Mapping[str, str]
    ) -> None:
        own = {**self.settings, **settings}
        for number in range(webs):
            self.webs.append(Web(words, own, self.var / f"web{number}.log"))
        for number in range(workers):
            log = self.var / f"worker{number}.log"
            self.workers.append(Program(("server", "worker"), own, log))
        for program in (*self.webs, *self.workers):
            program.start()
        for web in self.webs:
            web.wait_until_ready()

    def end(self) -> None:
        for worker in self.workers:
            worker.kill()
        for web in self.webs:
            web.close()

    async def restart(self, web: Web) -> None:
        """Kill a web process without a word, and start it again at the same door."""
        web.kill()
        web.start()
        await asyncio.to_thread(web.wait_until_ready)

    async def stop_web(self) -> int:
        """Ask the first web process to stop, while others go on here; its exit status."""
        return await asyncio.to_thread(self.web.stop)

    # from outside

    @asynccontextmanager
    async def shop(self, web: Web | None = None) -> AsyncIterator[Shop]:
        """The web shop: a machine with a key that may do everything."""
        async with Shop.open((web or self.web).url, self.cast.shop_token) as shop:
            yield shop

    def board(
        self,
        location: int,
        audience: str = "staff",
        *,
        web: Web | None = None,
        address: str = "",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Board:
        """A board that follows a location, by the shop's key unless told otherwise."""
        key = {"Authorization": f"Bearer {self.cast.shop_token}"}
        to = address or (web or self.web).live
        return Board(to, f"location:{location}", audience, headers=headers or key, **more)

    # from inside

    async def truth(self, location: int, audience: str) -> Truth:
        """What an audience's board of a location has to hold, by the database."""
        return await self.database.read(lambda s: truth(s, location, Audience(audience)))


@contextmanager
def house(
    foundation: Foundation,
    var: Path,
    *,
    webs: int = 1,
    workers: int = 0,
    words: Sequence[str] = WEB,
    **settings: str,
) -> Iterator[House]:
    """A house with a Valkey of its own, ready; it is gone when this is left."""
    with ExitStack() as stack:
        valkey = stack.enter_context(Valkey(var / "redis", persistent=False))
        made = House(foundation, var, valkey)
        stack.enter_context(closing(made.database))
        stack.callback(made.end)
        made.start(webs, workers, words, settings)
        yield made


def truth(session: Session, location: int, audience: Audience) -> Truth:
    """A location's snapshot, and every order it has, as an audience may see them."""
    snapshot = boards.snapshot(session, location)
    everything = session.exec(select(Order.card).where(col(Order.location_id) == location))
    return Truth(
        epoch=snapshot.epoch,
        offset=snapshot.offset,
        board=by_id(cards.project(audience, card) for card in snapshot.orders),
        orders=by_id(cards.project(audience, card.encode()) for card in everything),
        counts=orjson.loads(snapshot.counts),
    )


def by_id(found: Any) -> dict[str, Any]:
    """Cards by their orders' ids."""
    return {card["id"]: card for card in map(orjson.loads, found)}
