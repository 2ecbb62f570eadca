"""The bell and the queue, broken in earnest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from redis import Redis

from server.clock import now
from server.doctor.bell import bell
from server.doctor.web import Web
from server.embedded import Valkey
from tests.doctor.patients import fine, patient, warned, wrong
from tests.realtime.clusters import cluster

SOMEWHERE = Web("http://127.0.0.1")


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    with Valkey(tmp_path / "redis", persistent=False) as server:
        yield server


def test_a_redis_that_rings_is_fine(tmp_path: Path, valkey: Valkey) -> None:
    assert fine(bell(patient(tmp_path, redis_url=valkey.url), SOMEWHERE))


def test_one_process_needs_none(tmp_path: Path) -> None:
    assert list(bell(patient(tmp_path), SOMEWHERE)) == []


def test_many_processes_without_one_are_late(tmp_path: Path) -> None:
    chosen = patient(tmp_path, database_url="postgresql://heard@localhost/heard")

    assert "up to a second late" in warned(bell(chosen, SOMEWHERE))


def test_a_dead_redis(tmp_path: Path, valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.doctor.bell.PATIENCE_SECONDS", 0.5)
    valkey.kill()

    findings = list(bell(patient(tmp_path, redis_url=valkey.url), SOMEWHERE))

    assert "no letter comes back through REDIS_URL" in wrong(findings)
    assert "mails come later, from the database" in warned(findings)


def test_a_redis_that_does_not_let_us_ring(
    tmp_path: Path, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.doctor.bell.PATIENCE_SECONDS", 0.5)
    with Redis.from_url(valkey.url) as redis:
        redis.execute_command("ACL", "SETUSER", "default", "-publish")

    findings = list(bell(patient(tmp_path, redis_url=valkey.url), SOMEWHERE))

    assert "may we publish?" in wrong(findings)


@pytest.mark.parametrize("url", ["http://redis.example", "redis.example:6379"])
def test_an_address_that_is_none(tmp_path: Path, url: str) -> None:
    assert "REDIS_URL cannot be used" in wrong(bell(patient(tmp_path, redis_url=url), SOMEWHERE))


def test_a_queue_that_forgets(tmp_path: Path, valkey: Valkey) -> None:
    with Redis.from_url(valkey.url) as redis:
        redis.config_set("maxmemory-policy", "allkeys-lru")

    findings = list(bell(patient(tmp_path, jobs_redis_url=valkey.url), SOMEWHERE))

    assert "it forgets jobs when full (allkeys-lru)" in warned(findings)


def test_a_bell_that_the_web_has_not_heard_for_long(tmp_path: Path) -> None:
    deaf = Web("http://x", True, {}, {'heard_bell_age_seconds{link="redis"}': 20.0})

    assert "the web heard redis 20.0 s ago" in wrong(bell(patient(tmp_path), deaf))


def test_a_cluster_that_rings_and_one_of_its_shards_that_does_not(
    tmp_path: Path, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.doctor.bell.PATIENCE_SECONDS", 2.0)
    with cluster(tmp_path / "cluster") as made:
        chosen = patient(tmp_path, redis_url=made.url, jobs_redis_url=valkey.url)
        assert fine(bell(chosen, SOMEWHERE))
        made.nodes[1].kill()

        told = wrong(bell(chosen, SOMEWHERE))

    assert f"no letter comes back through {made.nodes[1].name}: is it there" in told


def test_a_queue_on_a_cluster(tmp_path: Path) -> None:
    chosen = patient(tmp_path, jobs_redis_url="redis://one:7000,two:7000")

    assert "JOBS_REDIS_URL names a single Redis" in wrong(bell(chosen, SOMEWHERE))


def test_clocks_that_differ(tmp_path: Path, valkey: Valkey) -> None:
    with time_machine.travel(now() + timedelta(seconds=60)):
        told = wrong(bell(patient(tmp_path, jobs_redis_url=valkey.url), SOMEWHERE))

    assert "its clock and ours differ by" in told
