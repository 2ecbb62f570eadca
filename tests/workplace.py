"""What jobs need of a house, over a test's database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Self

from server.db import Database
from server.models import Message
from server.orders import intake, lifecycle
from server.orders.forms import MoveForm
from server.perform import Perform, Read
from server.realtime.broker import MemoryBroker
from server.settings import Settings
from tests.cast import Cast, wish
from tests.journeys import Card, card
from tests.mailbag import SENDER, SORRY, altered, every

PATIENCE: Final = 10.0


@dataclass
class Workplace:
    """The parts of a running process that jobs use."""

    settings: Settings
    perform: Perform
    read: Read
    broker: MemoryBroker

    @classmethod
    def over(cls, database: Database, **settings: Any) -> Self:
        """A process with these settings."""
        broker = MemoryBroker()
        chosen = {"database_url": database.url, "mail_from": SENDER, "redis_url": "", **settings}
        return cls(Settings(**chosen), Perform(database, broker), Read(database), broker)

    async def placed(self, cast: Cast, location: int | None = None, **more: Any) -> Card:
        """An order just placed, at the bar if nowhere else."""
        return card(
            await self.perform(intake.place, wish(location or cast.bar, **more), by=cast.shop)
        )

    async def cancelled(self, cast: Cast, order: Card) -> None:
        """Somebody at the bar cancels it, with words for the customer."""
        form = MoveForm(reason="out_of_stock", message=SORRY)
        seen = order["version"]
        await self.perform(
            lifecycle.advance, order["id"], "cancelled", form, by=cast.ana, match=seen
        )

    async def undone(self, cast: Cast, order: Card) -> None:
        """They take it back."""
        await self.perform(lifecycle.undo, order["id"], by=cast.ana)

    async def mails(self) -> list[Message]:
        """Every mail there is, in the order they were written."""
        return await self.read(every)

    async def states(self) -> list[str]:
        """The states of every mail."""
        return [mail.state for mail in await self.mails()]

    async def alter(self, **values: object) -> None:
        """Change every mail, behind everybody's back."""
        await self.perform(altered, **values)


@contextlib.asynccontextmanager
async def working(work: Callable[[], Awaitable[None]]) -> AsyncIterator[asyncio.Task[None]]:
    """Something that runs for ever, for as long as the test needs it."""
    task = asyncio.ensure_future(work())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Look again and again until it is so."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.01)
