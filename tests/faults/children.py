"""The processes that a test kills: forked within milliseconds, from one that has all imported."""

import asyncio
import logging
import multiprocessing
import os
import signal
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session

from server.db import Database
from server.guard import tie
from server.jobs.worker import Jobs, Pace
from server.messaging import outbox
from server.messaging.outbox import Held, State, Terms, settle
from server.perform import Perform, Read
from server.realtime.broker import MemoryBroker
from server.settings import Settings
from tests.faults.mailhouse import Mailhouse, Plan

HURRIED: Final = Pace(
    sweep_seconds=0.1,
    terms=Terms(
        lease=timedelta(seconds=2),
        handing=timedelta(seconds=2),
        first_pause=timedelta(milliseconds=30),
        longest_pause=timedelta(milliseconds=200),
        tries=100_000,
    ),
)

forks: Final = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload(["pytest", __name__])


@dataclass
class House:
    """What jobs need of a house."""

    settings: Settings
    perform: Perform
    read: Read
    broker: MemoryBroker


def start_mailhouse(port: int, log: Path, plan: Plan | None = None) -> BaseProcess:
    """A mail server; it listens when it has said so."""
    ready, listening = forks.Pipe(duplex=False)
    process = forks.Process(target=mailhouse, args=(port, log, plan or Plan(), listening))
    process.start()
    listening.close()
    assert ready.poll(10)
    ready.close()
    return process


def start_worker(settings: Settings, *, careful: bool = True, pace: Pace = HURRIED) -> BaseProcess:
    """A worker. One that is not careful sends without writing down that it does."""
    process = forks.Process(target=worker, args=(settings.model_dump(), careful, pace))
    process.start()
    return process


def mailhouse(port: int, log: Path, plan: Plan, listening: Any) -> None:
    tie(os.getppid(), signal.SIGKILL)
    asyncio.run(Mailhouse(log, plan).run(port, lambda: listening.send(True)))


def worker(chosen: dict[str, Any], careful: bool, pace: Pace) -> None:
    tie(os.getppid(), signal.SIGKILL)
    logging.disable(logging.WARNING)  # that servers die is the point
    if not careful:
        vars(outbox).update(start=no_start, settle=hopeful_settle)
    asyncio.run(work(Settings(**chosen), pace))


async def work(settings: Settings, pace: Pace) -> None:
    database = Database(settings.database)
    perform, read = Perform(database, broker := MemoryBroker()), Read(database)
    await Jobs(House(settings, perform, read, broker), whole=True, pace=pace).run()


def no_start(_session: Session, _held: Held, _terms: Terms) -> bool:
    """The protection off: nobody sees in the row that the mail went out."""
    return True


def hopeful_settle(session: Session, held: Held, state: State, reason: str | None = None) -> bool:
    """The protection off: no answer is taken for a no."""
    if state is State.UNKNOWN:
        return outbox.put_back(session, held, reason or "", HURRIED.terms)
    return settle(session, held, state, reason)
