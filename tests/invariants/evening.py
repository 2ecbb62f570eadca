"""An evening of two processes, their boards and their writers; every act is one that may happen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from sqlalchemy import insert
from sqlmodel import Session, col, delete

from server.models import Channel, Event
from server.orders import boards as reading
from server.people import keys
from server.realtime.connection import Connection
from server.realtime.hub import Hub
from server.watermark import all_anew
from tests.invariants.desk import Desk
from tests.invariants.watcher import Watcher
from tests.scene import everything

AUDIENCES: Final = ("staff", "display", "pickup")


@dataclass
class Evening(Desk):
    """Who is there, and what they were told."""

    boards: list[Watcher] = field(default_factory=list)
    left: list[Watcher] = field(default_factory=list)
    stills: dict[tuple[int, str], list[bytes]] = field(default_factory=dict)
    backup: Any = None

    # boards

    async def come(self, number: int, process: int) -> None:
        key = await self.databases[0].write(
            lambda s: keys.create(s, self.scene.cast.harbour, name=f"key {len(self.boards)}")
        )
        board = Watcher(self.channel, self.visible)
        board.audience, board.key = AUDIENCES[number % 3], key
        await self.join(board, {"subscribe": self.channel, "audience": board.audience}, process)

    async def join(self, board: Watcher, asked: dict[str, Any], process: int) -> None:
        hub: Hub = self.processes[process % 2].hub
        header = (b"authorization", f"Bearer {board.key}".encode())
        grant = await hub.doorkeeper.admit({"type": "websocket", "headers": [header]})
        connection = hub.connect(grant, board)
        if isinstance(connection, Connection):
            board.connection = connection
            connection.heard(orjson.dumps(asked).decode())
            self.boards.append(board)

    async def come_back(self, number: int, process: int) -> None:
        """A board breaks off and returns, perhaps elsewhere, perhaps with a position that lies."""
        if not self.boards:
            return
        board = self.boards.pop(number % len(self.boards))
        self.broken_off(board)
        again, asked = board.back()
        if number % 4 == 3 and "since" in asked:
            asked.update({"since": asked["since"] + 1000} if number % 8 == 3 else {"epoch": "lie"})
            again.false = True
        await self.join(again, asked, process)

    def broken_off(self, board: Watcher) -> None:
        """The socket is gone, and neither side says a word."""
        board.dead = True
        assert board.connection
        board.connection.gone()
        self.left.append(board)

    async def stall(self, number: int) -> None:
        if self.boards and (board := self.boards[number % len(self.boards)]).code is None:
            board.stall()

    async def recover(self, number: int) -> None:
        if self.boards and (board := self.boards[number % len(self.boards)]).code is None:
            board.recover()

    async def withdraw(self, number: int) -> None:
        """Somebody loses their rights while they watch."""
        if self.boards:
            key = self.boards[number % len(self.boards)].key
            await self.databases[0].write(lambda s: revoke(s, key))

    # the house

    async def look(self, process: int) -> None:
        self.processes[process % 2].hub.doubt()
        await asyncio.sleep(0.03)

    async def rest(self) -> None:
        await asyncio.sleep(0.06)

    async def kill(self, process: int) -> None:
        """A process dies without a word, and begins anew; its boards come back to either."""
        dying = self.processes[process % 2]
        mine = [b for b in self.boards if b.connection and b.connection.hub is dying.hub]
        for board in mine:
            self.boards.remove(board)
            self.left.append(board)
            board.dead = True
        await dying.die()
        await dying.start()
        for number, board in enumerate(mine):
            again, asked = board.back()
            await self.join(again, asked, number)

    async def save(self) -> None:
        found = await self.databases[0].read(everything)
        self.backup = [(insert(table), rows) for table, rows in found]

    async def restore(self) -> None:
        """An older state of the database is put back, and somebody says so."""
        if self.backup is None:
            return

        def work(session: Session) -> None:
            kept, self.scene.setting = self.scene.setting, self.backup
            try:
                self.scene.restore(session)
            finally:
                self.scene.setting = kept
            all_anew(session)

        await self.databases[0].write(work)
        self.asked.clear()  # what was saved after the backup is gone, and everybody knows
        self.orders.clear()
        await self.recount()

    async def forget(self) -> None:
        """The older half of the book is cleared away."""

        def work(session: Session) -> None:
            channel = session.get_one(Channel, self.channel)
            floor = (channel.floor + channel.head) // 2
            old = (col(Event.channel) == self.channel) & (col(Event.offset) <= floor)
            session.execute(delete(Event).where(old))
            channel.floor = floor

        await self.databases[0].write(work)

    async def still(self) -> None:
        """A snapshot of the database, to be compared with what is made of an earlier one."""
        found = await self.databases[0].read(lambda s: reading.of_channel(s, self.channel))
        self.stills[found.offset, found.epoch] = found.orders


def revoke(session: Session, token: str) -> None:
    actor = keys.bearer(session, token)
    if actor:
        keys.revoke(session, int(actor.key.partition(":")[2]))
