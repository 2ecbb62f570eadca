"""Thirteen ways in which a board comes to be behind; a lamp must not say Live in any of them."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import update
from sqlmodel import Session

from server.models import SignIn, table
from server.people import accounts
from tests.cast import account_of
from tests.flow.house import House
from tests.lamp.book import Book
from tests.lamp.gate import Gate, Mode
from tests.lamp.panel import Panel

AN_HOUR: Final = 3_600_000  # milliseconds
BLOCK_EVERY_SECONDS: Final = 0.2
TURN_SECONDS: Final = 3.0


@dataclass
class Scene:
    """A house, the wires to it, the book behind it and the followers before it."""

    house: House
    panel: Panel
    book: Book
    wire: Gate  # browser to web
    pipe: Gate  # web to database
    chance: random.Random = field(default_factory=lambda: random.Random(12))  # noqa: S311

    def send(self, number: signal.Signals) -> None:
        os.kill(self.house.web.pid, number)


Way = Callable[[Scene], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def web_stopped(scene: Scene) -> AsyncIterator[None]:
    scene.send(signal.SIGSTOP)
    try:
        yield
    finally:
        scene.send(signal.SIGCONT)


@asynccontextmanager
async def database_stalled(scene: Scene) -> AsyncIterator[None]:
    async with scene.pipe.being(Mode.SILENT):
        yield


@asynccontextmanager
async def bells_dropped(_: Scene) -> AsyncIterator[None]:
    """The book never rings here, in no way."""
    yield


@asynccontextmanager
async def loop_blocked(scene: Scene) -> AsyncIterator[None]:
    """Nearly all the time; between two blocks a little gets through."""

    async def block() -> None:
        while True:
            scene.send(signal.SIGUSR1)
            await asyncio.sleep(BLOCK_EVERY_SECONDS)

    blocking = asyncio.create_task(block())
    try:
        yield
    finally:
        blocking.cancel()


@asynccontextmanager
async def clock_jumped(scene: Scene) -> AsyncIterator[None]:
    """The device's clock is set, and the wire goes silent."""
    await scene.panel.set_clocks(scene.chance.choice((-AN_HOUR, AN_HOUR)))
    async with scene.wire.being(Mode.SILENT):
        yield
    await scene.panel.set_clocks(0)


@asynccontextmanager
async def page_frozen(scene: Scene) -> AsyncIterator[None]:
    await scene.panel.freeze("frozen")
    yield
    await scene.panel.freeze("active")


@asynccontextmanager
async def half_open(scene: Scene) -> AsyncIterator[None]:
    async with scene.wire.being(Mode.SILENT):
        yield


@asynccontextmanager
async def proxy_buffering(scene: Scene) -> AsyncIterator[None]:
    """What the server says comes in one piece, much later, and again."""
    async with scene.wire.being(Mode.HOARDING):
        yield


@asynccontextmanager
async def slow_wire(scene: Scene) -> AsyncIterator[None]:
    """Something comes all the time, and all of it is old."""
    async with scene.wire.being(Mode.TRICKLING):
        yield


@asynccontextmanager
async def below_the_floor(scene: Scene) -> AsyncIterator[None]:
    """They are cut off, and what they missed is forgotten."""
    async with scene.wire.being(Mode.CUT):
        await asyncio.sleep(TURN_SECONDS)
        await scene.book.prune()
    yield


@asynccontextmanager
async def epoch_changed(scene: Scene) -> AsyncIterator[None]:
    await scene.book.renumber()
    yield


@asynccontextmanager
async def rights_withdrawn(scene: Scene) -> AsyncIterator[None]:
    await scene.book.database.write(withdraw)
    yield


def withdraw(session: Session) -> None:
    """End every session of Ana's."""
    account = account_of(session, "Ana")
    signed = table(SignIn)
    ended = (
        update(signed).where(signed.c.account_id == account.id).values(ended_at=account.created_at)
    )
    session.execute(ended)
    accounts.rights_changed(session, account.id or 0)


@asynccontextmanager
async def old_build(scene: Scene) -> AsyncIterator[None]:
    """A newer page is served; whoever comes back is told so."""
    await scene.panel.grow_old()
    async with scene.wire.being(Mode.CUT):
        await asyncio.sleep(TURN_SECONDS)
    yield


WAYS: Final[Mapping[str, Way]] = {
    way.__name__.replace("_", " "): way
    for way in (
        web_stopped,
        database_stalled,
        bells_dropped,
        loop_blocked,
        clock_jumped,
        page_frozen,
        half_open,
        proxy_buffering,
        slow_wire,
        below_the_floor,
        epoch_changed,
        rights_withdrawn,
        old_build,
    )
}
