"""The arq queue. It only wakes: whatever it loses, the sweep finds in the table."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import orjson
from arq import ArqRedis
from arq.constants import expires_extra_ms, job_key_prefix
from arq.jobs import serialize_job
from arq.utils import timestamp_ms, to_unix_ms
from arq.worker import Worker, func
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError, RedisError, TimeoutError

from server.jobs.messages import Context, send_message
from server.jobs.stopping import stopped
from server.models import Message

if TYPE_CHECKING:
    from arq.typing import WorkerCoroutine

NAME: Final = "heard:jobs"
PUT_SECONDS: Final = 0.2  # nobody waits longer for Redis
SOCKET_SECONDS: Final = 2.0
FAREWELL_SECONDS: Final = 3.0
JOBS_AT_ONCE: Final = 20

log = logging.getLogger(__name__)
logging.getLogger("arq").setLevel(logging.WARNING)  # else two lines for every mail


class Queue:
    """Where followers leave word of new rows for whichever worker is free."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.redis = connected(url)
        self.away = False

    @property
    def state(self) -> str:
        """How the queue was when it was last used."""
        return "away" if self.away else "ok"

    async def put(self, messages: Sequence[Message]) -> bool:
        """Have these mails sent when they are due; False if they could not be put in."""
        try:
            async with asyncio.timeout(PUT_SECONDS), self.redis.pipeline() as pipe:
                for message in messages:
                    enqueue(pipe, message)
                await pipe.execute()
        except (RedisError, OSError):  # a time-out is an OSError
            return self.told(away=True)
        return self.told(away=False)

    def told(self, *, away: bool) -> bool:
        """Remember whether Redis is there; the log hears of a change."""
        if away and not self.away:
            log.warning("The job queue is away or slow: mails are sent straight from the database.")
        if self.away and not away:
            log.warning("The job queue is back.")
        self.away = away
        return not away

    async def work_off(self, context: Context) -> None:
        """Work the queue off for as long as Redis lives."""
        redis = connected(self.url)
        worker = make_worker(redis, context)
        working = asyncio.ensure_future(worker.main())
        try:
            await asyncio.wait({working})
        finally:
            await stopped(working)
            context["post"].release()
            await ended(worker.tasks.values())
            await redis.aclose(close_connection_pool=True)
        working.result()

    async def close(self) -> None:
        """Let go of Redis."""
        await self.redis.aclose(close_connection_pool=True)


def enqueue(pipe: Pipeline, message: Message) -> None:
    """What arq's `enqueue_job` does, but in one round trip for a page, not in three for each."""
    at, name = timestamp_ms(), f"message:{message.id}"
    due = max(to_unix_ms(message.not_before), at)
    job = serialize_job(send_message.__name__, (message.id,), {}, None, at, serializer=serialized)
    pipe.set(job_key_prefix + name, job, px=due - at + expires_extra_ms, nx=True)
    pipe.zadd(NAME, {name: due}, nx=True)


def make_worker(redis: ArqRedis, context: Context, *, burst: bool = False) -> Worker:
    """The arq worker; a job that was cut off is not tried again here, but by the sweep."""
    return Worker(
        [func(cast("WorkerCoroutine", send_message))],
        queue_name=NAME,
        redis_pool=redis,
        ctx=dict(context),
        burst=burst,
        handle_signals=False,
        max_jobs=JOBS_AT_ONCE,
        max_tries=1,
        job_timeout=30,
        keep_result=0,
        poll_delay=0.1,
        health_check_interval=10,
        job_serializer=serialized,
        job_deserializer=orjson.loads,
        log_results=False,
    )


async def ended(jobs: Iterable[asyncio.Task[None]]) -> None:
    """Let jobs tell Redis that they are done, if it still listens."""
    running = set(jobs)
    if running:
        _, stuck = await asyncio.wait(running, timeout=FAREWELL_SECONDS)
        for job in stuck:
            job.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def connected(url: str) -> ArqRedis:
    """A pool for arq that speaks JSON and notices soon when Redis has gone."""
    redis: ArqRedis = ArqRedis.from_url(
        url,
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=SOCKET_SECONDS,
        health_check_interval=5,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
        retry_on_error=[ConnectionError, TimeoutError, OSError],
    )
    redis.job_serializer = serialized
    redis.job_deserializer = orjson.loads
    redis.default_queue_name = NAME
    return redis


def serialized(job: dict[str, Any]) -> bytes:
    """A job as JSON; arq's own way is pickle, which runs what it reads."""
    return orjson.dumps(job, default=str)
