"""A shop with orders to confirm, and what happens to those who confirm them."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from server.db import Database
from server.messaging.outbox import State
from server.migrate import upgrade
from server.models import Message
from server.orders import intake
from server.perform import Perform
from server.realtime.broker import MemoryBroker
from server.settings import Settings
from tests.cast import Cast, assemble, wish
from tests.faults.children import start_mailhouse, start_worker
from tests.faults.mailhouse import POINTS, Plan, noted

AT_WORK: Final = (State.QUEUED, State.LEASED, State.SENDING)
MAILHOUSES: Final = 0.6  # of all that are killed
PATIENCE: Final = 90.0


@dataclass
class Fray:
    """`fight` kills; then `log` tells what the mail server took, and the database what we think."""

    database: Database
    settings: Settings
    port: int
    log: Path
    careful: bool = True
    seed: int = 2
    deaths: Counter[str] = field(default_factory=Counter)
    orders: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  # repeatable
        upgrade(self.database)
        self.cast: Cast = self.database.write_now(assemble)

    def place(self, orders: int) -> None:
        """Take in orders of customers with an address."""
        perform = Perform(self.database, MemoryBroker())

        async def place() -> None:
            for _ in range(orders):
                await perform(intake.place, wish(self.cast.bar), by=self.cast.shop)

        asyncio.run(place())
        self.orders += orders

    def fight(self, kills: int) -> None:
        """Kill so many mail servers and workers, each at a moment of its own; then peace."""
        worker = self.worker()
        for _ in range(kills):
            if self.chance.random() < MAILHOUSES:
                self.kill_mailhouse(Plan(self.chance.choice(POINTS), self.chance.randint(1, 4)))
            else:
                self.kill_at_any_moment(worker)
                worker = self.worker()
        self.finish(worker)

    def finish(self, worker: BaseProcess) -> None:
        """Let the worker come to the end of its work."""
        house = start_mailhouse(self.port, self.log)
        try:
            wait_until(self.settled)
        finally:
            end(worker, house)

    def worker(self) -> BaseProcess:
        return start_worker(self.settings, careful=self.careful)

    def kill_mailhouse(self, plan: Plan) -> None:
        """It dies at that point of a conversation."""
        house = start_mailhouse(self.port, self.log, plan)
        wait_until(lambda: not house.is_alive() or self.settled())
        self.deaths[plan.point] += not house.is_alive()
        end(house)

    def kill_at_any_moment(self, worker: BaseProcess) -> None:
        """The worker dies whatever it is doing, and a mail server with it."""
        house = start_mailhouse(self.port, self.log)
        time.sleep(self.chance.uniform(0.05, 0.3))  # waits for nothing: the moment is the point
        self.deaths["worker"] += not self.settled()
        end(worker, house)

    def settled(self) -> bool:
        """Whether every order has its mail, and nobody is at work on any."""
        states = self.states()
        return states.total() == self.orders and not any(states[state] for state in AT_WORK)

    def states(self) -> Counter[str]:
        """How many mails are in each state."""
        return self.database.read_now(counted)

    def messages(self, state: State) -> set[str]:
        """The Message-IDs of all mails in a state."""
        same = select(Message.message_id).where(col(Message.state) == state)
        return set(self.database.read_now(lambda session: session.exec(same).all()))

    def taken(self) -> Counter[str]:
        """How often the mail server took in each Message-ID."""
        return Counter(noted(self.log, "taken"))

    def doubles(self) -> int:
        """How many mails somebody got more than once."""
        return sum(times > 1 for times in self.taken().values())


def counted(session: Session) -> Counter[str]:
    rows = session.exec(select(Message.state, func.count()).group_by(Message.state)).all()
    return Counter(dict(rows))


def end(*processes: BaseProcess) -> None:
    """Kill them, and see that they are dead."""
    for process in processes:
        process.kill()
    for process in processes:
        process.join(PATIENCE)


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not come to pass in time"
        time.sleep(0.02)
