"""All background work of one process, and who does it: workers; where there are none, the web."""

import asyncio
import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlmodel import Session, col, func, select

from server.errors import Refused, Unsaved
from server.jobs.follow import Follow, lag
from server.jobs.house import House
from server.jobs.messages import Context, Post, mail_server
from server.jobs.queue import Queue
from server.jobs.stopping import kept_going
from server.jobs.sweep import EVERY_SECONDS, Sweep
from server.messaging import outbox
from server.messaging.outbox import Terms, clock
from server.models import Message, Worker
from server.realtime.servers import clustered

ENDINGS: Final = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the jobs are; tests are in more of a hurry."""

    sweep_seconds: float = EVERY_SECONDS
    beat_seconds: float = 10.0
    look_seconds: float = 5.0
    silence: timedelta = timedelta(seconds=30)  # without a beat from any worker, the web stands in
    terms: Terms = field(default_factory=Terms)


class Jobs:
    """Follows the book, sweeps, sends mails. `whole`: always; else only while no worker does."""

    def __init__(self, house: House, *, whole: bool, pace: Pace | None = None) -> None:
        mail_server(house.settings)  # what is wrong with it is said at the start
        self.house = house
        self.whole = whole
        self.pace = pace or Pace()
        self.standing_in = False
        self.queue: Queue | None = None
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.behind = 0.0
        self.looked_at = time.monotonic()

    async def run(self) -> None:
        """Work until told to stop."""
        await kept_going(self.work if self.whole else self.stand_by)

    async def work(self) -> None:
        """Everything there is to do; each part starts again when it breaks."""
        if self.house.settings.bundled:
            await self.house.perform(outbox.lapse, everybody=True)  # we are the only process
        post = Post(self.house, self.pace.terms)
        sweep = Sweep(self.house, post, self.pace.sweep_seconds)
        self.queue = self.opened()
        parts = [post.run, Follow(self.house, self.told(post)).run, sweep.run]
        if self.whole:
            parts.append(self.beat)
        try:
            async with asyncio.TaskGroup() as tasks:
                for part in parts:
                    tasks.create_task(kept_going(part))
                if self.queue:
                    tasks.create_task(kept_going(self.queue.work_off, Context(post=post)))
        finally:
            if self.queue:
                await self.queue.close()

    def opened(self) -> Queue | None:
        """The queue, where there is a Redis and a worker to work it off."""
        settings = self.house.settings
        url = settings.jobs_redis_url or settings.redis_url
        if not url or not self.whole:
            return None
        if clustered(url):
            log.warning("No job queue: it cannot be on a cluster. Set JOBS_REDIS_URL.")
            return None
        return Queue(url)

    def told(self, post: Post) -> Callable[[Sequence[Message]], Awaitable[None]]:
        """What to do with new rows: wake a worker, or take them ourselves."""

        async def told(messages: Sequence[Message]) -> None:
            if messages and not (self.queue and await self.queue.put(messages)):
                post.offer(message.id for message in messages if message.id)

        return told

    async def beat(self) -> None:
        """Say again and again that we are here."""
        while True:
            await self.house.perform(seen, self.name)
            await asyncio.sleep(self.pace.beat_seconds)

    async def stand_by(self) -> None:
        """Do the workers' work whenever none has been heard for long, and say so."""
        while True:
            await self.silence()
            log.warning("No worker is heard any more: this web process does the jobs.")
            await self.stand_in()
            log.warning("A worker is heard again: this web process leaves the jobs to it.")

    async def stand_in(self) -> None:
        """Do the workers' work until one is heard."""
        self.standing_in = True
        try:
            async with asyncio.TaskGroup() as tasks:
                work = tasks.create_task(self.work())
                await self.heard()
                work.cancel()
        finally:
            self.standing_in = False

    async def silence(self) -> None:
        """Until no worker has been heard for so long, and we have listened for as long."""
        began, long_enough = time.monotonic(), self.pace.silence.total_seconds()
        while True:
            await asyncio.sleep(self.pace.look_seconds)
            if time.monotonic() - began >= long_enough and await self.workers() == 0:
                return

    async def heard(self) -> None:
        """Until a worker is heard."""
        while True:
            if await self.workers():
                return
            await asyncio.sleep(self.pace.look_seconds)

    async def workers(self) -> int | None:
        """How many workers live; None while the database does not say."""
        try:
            return await self.house.read(alive, self.pace.silence)
        except Unsaved:
            return None

    async def health(self) -> dict[str, Any]:
        """How the jobs are doing, for /readyz. A look that fails makes the last lag grow."""
        try:
            self.behind = await self.house.read(lag)
            self.looked_at = time.monotonic()
        except Refused:
            log.debug("The lag could not be read")
        behind = self.behind + (time.monotonic() - self.looked_at)
        return {
            "reactions_lag_seconds": round(behind, 3),
            "workers": await self.workers(),
            "standing_in": self.standing_in,
            "job_queue": self.queue.state if self.queue else "none",
        }


def seen(session: Session, name: str) -> None:
    """A worker of that name is alive."""
    session.merge(Worker(name=name, seen_at=clock(session)))


def alive(session: Session, silence: timedelta) -> int:
    """How many workers have been heard within that time."""
    lately = col(Worker.seen_at) > clock(session, -silence)
    return session.exec(select(func.count()).select_from(Worker).where(lately)).one()


async def alone(house: House) -> int:
    """A worker process: work until asked to stop; the exit status."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in ENDINGS:
        loop.add_signal_handler(number, stopped.set)
    try:
        if house.settings.bundled:
            log.warning("On SQLite the jobs run inside `web`, which alone may write: just waiting.")
            await stopped.wait()
        else:
            await until(stopped, Jobs(house, whole=True))
    finally:
        for number in ENDINGS:
            loop.remove_signal_handler(number)
    return 0


async def until(stopped: asyncio.Event, jobs: Jobs) -> None:
    """Do the jobs for so long."""
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(jobs.run())
        await stopped.wait()
        work.cancel()
