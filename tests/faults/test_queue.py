"""Redis comes back empty while mails wait in its queue: the rows know them, none is forgotten."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from redis import Redis

from server.db import Database
from server.embedded import Valkey
from server.jobs.worker import Pace
from server.settings import Settings
from tests.faults.children import start_mailhouse, start_worker
from tests.faults.fray import Fray, end, wait_until
from tests.faults.test_mail import check, free_port
from tests.flow.fixtures import Tell
from tests.servers import PostgreSQL

TAKEN_SECONDS: Final = 10.0
SWEPT_NEVER: Final = replace(Pace(), sweep_seconds=3600.0)


@contextmanager
def emptied(
    server: PostgreSQL, tmp_path: Path, orders: int, pace: Pace
) -> Iterator[tuple[Fray, float]]:
    """A worker at work, whose Redis is emptied once and then comes back from death empty."""
    port = free_port()
    with Valkey(tmp_path / "redis", persistent=False) as valkey:
        url, smtp = server.create_database(), f"smtp://127.0.0.1:{port}"
        settings = Settings(database_url=url, smtp_url=smtp, redis_url=valkey.url)
        fray = Fray(Database(url), settings, port, tmp_path / "log")
        fray.place(orders)
        house = start_mailhouse(port, fray.log)
        worker = start_worker(settings, pace=pace)
        try:
            wait_until(lambda: fray.taken().total() >= orders / 10)
            with Redis.from_url(valkey.url) as redis:
                redis.flushall()
            wait_until(lambda: fray.taken().total() >= orders / 5)
            valkey.kill()
            valkey.start()
            yield fray, time.monotonic()
        finally:
            end(worker, house)
            fray.database.close()


@pytest.mark.parametrize(
    "orders", [100, pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(300)])]
)
def test_a_queue_that_forgets_everything_forgets_no_mail(
    postgresql_server: PostgreSQL, tmp_path: Path, orders: int, tell: Tell
) -> None:
    with emptied(postgresql_server, tmp_path, orders, Pace()) as (fray, began):
        wait_until(fray.settled)
        took = time.monotonic() - began
        check(fray)

    tell(f"Redis came back empty with {orders} mails due: all sent after {took:.1f} s, none twice")
    assert took <= TAKEN_SECONDS


@pytest.mark.long
def test_control_without_the_sweep_they_are_forgotten(
    postgresql_server: PostgreSQL, tmp_path: Path, tell: Tell
) -> None:
    with emptied(postgresql_server, tmp_path, 300, SWEPT_NEVER) as (fray, _):
        with pytest.raises(AssertionError):
            wait_until(fray.settled, TAKEN_SECONDS)
        left = fray.orders - fray.taken().total()

    tell(f"control, without the sweep: {left} mails forgotten")
    assert left
