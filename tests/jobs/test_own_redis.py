"""The job queue has a Redis of its own where JOBS_REDIS_URL names one; never a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from server.db import Database
from server.embedded import Valkey
from server.jobs.worker import Jobs
from server.messaging.outbox import State
from tests.cast import Cast
from tests.workplace import Workplace, until, working


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Redis, Redis, str, str]]:
    """A Redis for the bell and one for the jobs."""
    with (
        Valkey(tmp_path / "bell", persistent=False) as bell,
        Valkey(tmp_path / "jobs", persistent=False) as jobs,
        Redis.from_url(bell.url) as first,
        Redis.from_url(jobs.url) as second,
    ):
        yield first, second, bell.url, jobs.url


async def test_jobs_go_through_the_redis_of_the_jobs_alone(
    database: Database, cast: Cast, two: tuple[Redis, Redis, str, str]
) -> None:
    bell, jobs, bell_url, jobs_url = two
    house = Workplace.over(database, redis_url=bell_url, jobs_redis_url=jobs_url)
    await house.placed(cast)
    async with working(Jobs(house, whole=True).run):

        async def sent() -> bool:
            return await house.states() == [State.KEPT]

        await until(sent)

    assert set_commands(jobs) >= 1
    assert set_commands(bell) == 0


async def test_without_one_of_its_own_it_shares(
    database: Database, cast: Cast, two: tuple[Redis, Redis, str, str]
) -> None:
    bell, jobs, bell_url, _ = two
    house = Workplace.over(database, redis_url=bell_url)
    await house.placed(cast)
    async with working(Jobs(house, whole=True).run):

        async def put() -> bool:
            return set_commands(bell) >= 1

        await until(put)

    assert set_commands(jobs) == 0


async def test_a_cluster_carries_no_jobs_and_they_are_done_all_the_same(
    database: Database, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    house = Workplace.over(database, redis_url="redis+cluster://127.0.0.1:1,127.0.0.1:2")
    await house.placed(cast)
    async with working(Jobs(house, whole=True).run):

        async def sent() -> bool:
            return await house.states() == [State.KEPT]

        await until(sent)

    assert "Set JOBS_REDIS_URL" in caplog.text


def set_commands(redis: Redis) -> int:
    """How many mails were put into the queue there."""
    told: Any = redis.info("commandstats")
    return int(told.get("cmdstat_zadd", {}).get("calls", 0))
