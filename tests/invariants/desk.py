"""The writers of an evening: what they ask of two processes, and what they are answered."""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlmodel import Session

from server.answers import Answer, encoded
from server.db import Database
from server.events import enter, heads
from server.orders import intake, lifecycle
from server.orders.changes import Outcome
from server.orders.forms import MoveForm
from server.perform import Once
from tests.cast import wish
from tests.invariants import truths
from tests.invariants.world import Process
from tests.scene import Scene

STAGES: Final = ("ready", "fulfilled", "cancelled", "pending")
AUDIENCES: Final = ("staff", "display", "pickup")
SETTLED_SECONDS: Final = 5.0
THERE: Final = text("SELECT 1 FROM event WHERE key = 'order' AND thing_id = :id AND version = :v")


class Killed(Exception):
    """The process died before the commit."""


@dataclass
class Asked:
    """One command as somebody asked for it, and what they were answered."""

    once: Once | None = None
    what: tuple[Any, ...] = ()
    answer: Answer | None = None
    began: float = 0.0
    ended: float = 0.0


@dataclass
class Desk:
    """Who writes, what they asked, and what they were answered."""

    scene: Scene
    databases: tuple[Database, ...]
    processes: list[Process]
    seconds: float = SETTLED_SECONDS
    asked: list[Asked] = field(default_factory=list)
    past: dict[str, dict[int, bytes]] = field(default_factory=dict)  # epoch → offset → thing
    known: set[tuple[str, int]] = field(default_factory=set)
    orders: list[str] = field(default_factory=list)
    names: int = 0
    broken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.channel = f"location:{self.scene.cast.bar}"
        self.observer = self.databases[-1].reader.connect()

    def visible(self, version: int, order: str) -> bool:
        """Whether somebody else, asking the database now, finds that version of that order."""
        if (order, version) in self.known:  # it was there, before a backup was put back
            return True
        found = self.observer.execute(THERE, {"id": order, "v": version}).first()
        self.observer.rollback()
        return found is not None

    async def ask(self, asked: Asked, process: int) -> Answer:
        """Ask a process to do it once, and keep what it says."""
        asked.began = asked.began or time.monotonic()
        perform = self.processes[process % 2].perform
        command, *about = asked.what
        more = {"by": self.scene.cast.shop}
        answer = await perform.once(asked.once, told, command, *about, **more)
        asked.ended = asked.ended or time.monotonic()
        if asked.answer not in (None, plain(answer)):
            self.broken.append(f"I15 {asked.answer} became {answer}")
        asked.answer = plain(answer)
        return answer

    def placing(self) -> Asked:
        key = self.name()
        form = wish(self.scene.cast.bar, external_id=key, source="online_store")
        return self.noted(key, (intake.place, form))

    def moving(self, number: int) -> Asked:
        """Some order is set to some stage; often that is not allowed."""
        ref, to = self.orders[number % len(self.orders)], STAGES[number % len(STAGES)]
        form = MoveForm(reason="too_busy" if to == "cancelled" else None)
        return self.noted(self.name(), (lifecycle.advance, ref, to, form))

    def name(self) -> str:
        self.names += 1
        return f"key-{self.names}"

    def noted(self, key: str, what: tuple[Any, ...]) -> Asked:
        self.asked.append(Asked(Once("account:ana", key, "the same"), what))
        return self.asked[-1]

    async def write(self, number: int, process: int) -> None:
        asked = self.moving(number) if self.orders and number % 3 else self.placing()
        await self.ask(asked, process)
        await self.recount()

    async def race(self, number: int) -> None:
        """Several at once, by both processes, some of them the same request."""
        wanted = [self.placing(), self.placing()]
        wanted += [self.moving(number + n) for n in range(3)] if self.orders else []
        wanted.append(wanted[number % len(wanted)])
        await asyncio.gather(*(self.ask(asked, n) for n, asked in enumerate(wanted)))
        await self.recount()

    async def again(self, number: int, process: int) -> None:
        """An answer was lost: the same request comes again."""
        if self.asked:
            await self.ask(self.asked[number % len(self.asked)], process)

    async def crash(self, process: int) -> None:
        """A process dies with a command done and not committed."""

        def work(session: Session) -> None:
            form = wish(self.scene.cast.bar, source="online_store", external_id="never")
            intake.place(session, form, by=self.scene.cast.shop)
            enter(session)
            raise Killed

        try:
            await self.processes[process % 2].database.write(work)
        except Killed:
            return

    async def silent(self, number: int, process: int) -> None:
        """Committed; then the process dies before it can ring."""
        broker = self.processes[process % 2].broker
        broker.dumb = True
        await self.write(number, process)
        broker.dumb = False

    async def recount(self) -> None:
        """Which orders there are, and what the book says in its present epoch."""
        epoch, book = await self.databases[0].read(self.chapter)
        self.past.setdefault(epoch, {}).update(book)
        cards = [orjson.loads(thing) for _, thing in sorted(book.items())]
        self.known |= {(card["id"], card["version"]) for card in cards}
        self.orders = list(dict.fromkeys(card["id"] for card in cards)) or self.orders

    def chapter(self, session: Session) -> tuple[str, dict[int, bytes]]:
        epoch = heads(session, [self.channel]).channels[self.channel].epoch
        return epoch, dict(truths.entries(session, self.channel))

    def close(self) -> None:
        with closing(self.observer):
            self.observer.rollback()


def told(outcome: Outcome) -> Answer:
    """Which version of which order was saved."""
    card = orjson.loads(outcome.card)
    return encoded({"id": card["id"], "version": outcome.version, "noop": outcome.noop})


def plain(answer: Answer) -> Answer:
    """An answer without the header that says that it is one given before."""
    return Answer(answer.status, answer.body, answer.etag, answer.content_type)
