"""arq on a real Valkey: it wakes whoever is free, and whatever it loses is only later."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from server.clock import now
from server.db import Database
from server.embedded import Valkey
from server.jobs import queue
from server.jobs.follow import Follow
from server.jobs.messages import Context, Post
from server.jobs.queue import Queue, connected, make_worker
from server.messaging.outbox import State
from server.models import Message
from tests.cast import Cast
from tests.workplace import Workplace, until, working


@asynccontextmanager
async def queueing(url: str) -> AsyncIterator[Queue]:
    """An empty queue."""
    found = Queue(url)
    await found.redis.flushall()
    yield found
    await found.close()


@asynccontextmanager
async def lanes(house: Workplace) -> AsyncIterator[Post]:
    post = Post(house)
    async with working(post.run):
        yield post


async def written(house: Workplace, cast: Cast, many: int = 1) -> list[Message]:
    """Mails that nobody was told of."""
    for _ in range(many):
        await house.placed(cast)

    async def nobody(_: object) -> None:
        pass

    await Follow(house, nobody).turn()
    return await house.mails()


async def burst(url: str, post: Post) -> int:
    """Work the queue off; how many jobs there were."""
    redis = connected(url)
    jobs = await make_worker(redis, Context(post=post), burst=True).run_check()
    await redis.aclose(close_connection_pool=True)
    return jobs


async def test_a_worker_works_the_queue_off(house: Workplace, cast: Cast, valkey_url: str) -> None:
    async with queueing(valkey_url) as jobs, lanes(house) as post:
        assert await jobs.put(await written(house, cast, 3))

        assert await burst(valkey_url, post) == 3

        assert await house.states() == [State.KEPT] * 3


async def test_a_job_done_twice_changes_nothing(
    house: Workplace, cast: Cast, valkey_url: str
) -> None:
    async with queueing(valkey_url) as jobs, lanes(house) as post:
        mails = await written(house, cast)
        await jobs.put(mails)
        await burst(valkey_url, post)
        before = await house.mails()
        await jobs.put(mails)

        assert await burst(valkey_url, post) == 1

        assert await house.mails() == before


async def test_a_mail_stands_in_the_queue_once(
    house: Workplace, cast: Cast, valkey_url: str
) -> None:
    async with queueing(valkey_url) as jobs, lanes(house) as post:
        mails = await written(house, cast)
        await jobs.put(mails)
        await jobs.put(mails)

        assert await burst(valkey_url, post) == 1


async def test_a_job_is_json_and_waits_for_its_time(
    house: Workplace, cast: Cast, valkey_url: str
) -> None:
    async with queueing(valkey_url) as jobs:
        (mail,) = await written(house, cast)
        mail.not_before = now() + timedelta(seconds=8)
        await jobs.put([mail])

        job = orjson.loads(await jobs.redis.get(f"arq:job:message:{mail.id}"))
        due = await jobs.redis.zscore(queue.NAME, f"message:{mail.id}")

    assert (job["f"], job["a"]) == ("send_message", [mail.id])
    assert due == pytest.approx(mail.not_before.timestamp() * 1000)


async def test_nobody_waits_for_a_redis_that_has_gone(
    house: Workplace, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    mails = await written(house, cast)
    jobs = Queue("unix:///nowhere/valkey")

    assert not await jobs.put(mails)
    assert not await jobs.put(mails)

    assert jobs.state == "away"
    assert caplog.text.count("The job queue is away") == 1


async def test_nobody_waits_for_a_redis_that_says_nothing(house: Workplace, cast: Cast) -> None:
    mails = await written(house, cast)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        jobs = Queue(f"redis://127.0.0.1:{port}")
        began = time.monotonic()
        assert not await jobs.put(mails)
        assert time.monotonic() - began < 1
        await jobs.close()


async def test_a_dead_redis_comes_back(database: Database, cast: Cast, tmp_path: Path) -> None:
    house = Workplace.over(database)
    with Valkey(tmp_path, persistent=False) as valkey:
        async with queueing(valkey.url) as jobs:
            mails = await written(house, cast)
            valkey.kill()
            assert not await jobs.put(mails)
            valkey.start()

            await until(lambda: jobs.put(mails))

            assert jobs.state == "ok"
