"""The bell: is Redis there, does a letter come back, does the web hear it; and the job queue."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from server.doctor.findings import Finding, graded, ok, warn, wrong
from server.doctor.web import Web
from server.realtime.redis_broker import RedisBroker
from server.realtime.servers import clustered
from server.settings import Settings

ABOUT: Final = "bell"
QUEUE: Final = "queue"
PATIENCE_SECONDS: Final = 5.0
SILENCE: Final = re.compile(r'heard_bell_age_seconds\{link="([^"]*)"\}')


def bell(chosen: Settings, found: Web) -> Iterator[Finding]:
    """What the web hears, what we hear, and the queue."""
    yield from listened(found)
    if chosen.redis_url:
        yield rung(chosen.redis_url)
    elif not chosen.bundled:
        words = "REDIS_URL is empty: boards of other processes are up to a second late."
        yield warn(ABOUT, words)
    if queue := chosen.jobs_redis_url or chosen.redis_url:
        yield from queued(queue)


def listened(found: Web) -> Iterator[Finding]:
    """Whether the web process hears its own bell."""
    for name, age in found.figures.items():
        if match := SILENCE.fullmatch(name):
            words = f"the web heard {match[1]} {age:.1f} s ago"
            if age >= 5:
                words += ": boards of other processes are up to a second late until it is back"
            yield graded(ABOUT, words, age, warn_at=5, wrong_at=15)


def rung(url: str) -> Finding:
    """Whether a letter of ours comes back to us."""
    try:
        took, deaf = asyncio.run(heard(url))
    except ValueError as error:
        return wrong(ABOUT, f"REDIS_URL cannot be used: {error}")
    if deaf:
        where = " and ".join(deaf)
        words = f"no letter comes back through {where}: is it there, and may we publish?"
        return wrong(ABOUT, words)
    return ok(ABOUT, f"a letter through REDIS_URL comes back in {took * 1000:.0f} ms")


async def heard(url: str) -> tuple[float, list[str]]:
    """Seconds until a bell of our own is heard on every link, and where none was."""
    broker = RedisBroker(url, prefix="heard:doctor:")
    started = time.monotonic()
    async with broker.running():
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await broker.ready()
        except TimeoutError:
            links = broker.servers.links
            deaf = [link.name for link in links if not link.linked.is_set()]
            return PATIENCE_SECONDS, [name or "REDIS_URL" for name in deaf or [""]]
        return time.monotonic() - started, []


def queued(url: str) -> Iterator[Finding]:
    """Whether the job queue takes jobs, and keeps them."""
    if clustered(url):
        yield wrong(QUEUE, "it cannot be on a cluster: JOBS_REDIS_URL names a single Redis.")
        return
    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as redis:
            seconds, _ = redis.time()
            policy = redis.info("memory").get("maxmemory_policy", "noeviction")
    except (RedisError, OSError) as error:
        yield warn(QUEUE, f"it does not answer, mails come later, from the database: {error}")
        return
    except ValueError as error:
        yield wrong(QUEUE, f"JOBS_REDIS_URL cannot be used: {error}")
        return
    yield ok(QUEUE, "the Redis of the job queue answers")
    if policy != "noeviction":
        words = f"it forgets jobs when full ({policy}): set maxmemory-policy to noeviction."
        yield warn(QUEUE, words)
    off = abs(time.time() - int(seconds))
    if off >= 3:
        words = f"its clock and ours differ by {off:.0f} s: let both machines ask a time server"
        yield graded(QUEUE, words, off, warn_at=3, wrong_at=30)
