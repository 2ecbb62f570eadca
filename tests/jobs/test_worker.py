"""Who does the jobs: workers; and where none is heard, the web."""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from server.embedded import Valkey
from server.errors import Unsaved
from server.jobs import stopping, worker
from server.jobs.follow import read_on
from server.jobs.worker import Jobs, Pace, alone
from server.messaging import outbox
from server.messaging.outbox import State
from server.perform import Read
from tests.cast import Cast
from tests.mailbag import SENDER, TERMS, WRITER
from tests.workplace import Workplace, until, working

QUICK = Pace(sweep_seconds=0.05, beat_seconds=0.1, look_seconds=0.02, silence=timedelta(seconds=1))


async def sent(house: Workplace) -> bool:
    states = await house.states()
    return bool(states) and set(states) == {State.KEPT}


async def test_a_worker_does_everything(house: Workplace, cast: Cast, valkey_url: str) -> None:
    house.settings = house.settings.model_copy(update={"redis_url": valkey_url})
    jobs = Jobs(house, whole=True, pace=QUICK)

    async with working(jobs.run):
        await house.placed(cast)
        await until(lambda: sent(house))
        health = await jobs.health()

    assert health == {
        "reactions_lag_seconds": pytest.approx(0, abs=1),
        "workers": 1,
        "standing_in": False,
        "job_queue": "ok",
    }


async def test_mail_goes_out_while_redis_is_dead_and_jobs_are_queued_again_after(
    house: Workplace, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(stopping, "AGAIN_AT_MOST_SECONDS", 0.1)
    with Valkey(tmp_path, persistent=False) as valkey:
        house.settings = house.settings.model_copy(update={"redis_url": valkey.url})
        jobs = Jobs(house, whole=True, pace=QUICK)
        async with working(jobs.run):
            for _ in range(2):
                valkey.kill()
                await house.placed(cast)
                await until(lambda: sent(house))
                valkey.start()

            async def queued() -> bool:
                await house.placed(cast)
                await until(lambda: sent(house))
                return bool((await jobs.health())["job_queue"] == "ok")

            await until(queued)


async def test_a_web_process_stands_in_while_no_worker_is_heard(
    house: Workplace, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    web = Jobs(house, whole=False, pace=QUICK)

    async with working(web.run):
        await house.placed(cast)
        await until(lambda: sent(house))
        assert (await web.health())["standing_in"]
        assert "this web process does the jobs" in caplog.text

        await house.perform(worker.seen, "another")
        await until(lambda: idle(web))

    assert "leaves the jobs to it" in caplog.text


async def test_a_web_process_leaves_the_jobs_to_the_workers(house: Workplace, cast: Cast) -> None:
    async with working(Jobs(house, whole=True, pace=QUICK).run):
        await until(lambda: house.read(worker.alive, QUICK.silence))
        web = Jobs(house, whole=False, pace=QUICK)
        async with working(web.silence):
            await house.placed(cast)
            await until(lambda: sent(house))

    assert not web.standing_in


async def idle(web: Jobs) -> bool:
    return not web.standing_in


async def test_a_worker_says_that_it_lives(house: Workplace) -> None:
    await house.perform(worker.seen, "one")
    await house.perform(worker.seen, "one")
    await house.perform(worker.seen, "two")

    assert await house.read(worker.alive, timedelta(seconds=30)) == 2
    assert await house.read(worker.alive, timedelta(seconds=-1)) == 0


async def test_a_database_that_is_away_makes_the_lag_grow(
    house: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Jobs(house, whole=True)
    await jobs.health()
    jobs.looked_at -= 70

    async def away(*_: object, **__: object) -> object:
        raise Unsaved("The database is away.")

    monkeypatch.setattr(Read, "__call__", away)

    health = await jobs.health()
    assert health["reactions_lag_seconds"] >= 70
    assert health["workers"] is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_works_until_it_is_told_to_stop(
    house: Workplace, cast: Cast, number: signal.Signals, caplog: pytest.LogCaptureFixture
) -> None:
    process = asyncio.ensure_future(alone(house))
    if house.settings.bundled:
        await until(lambda: said(caplog, "inside `web`"))
    else:
        await house.placed(cast)
        await until(lambda: sent(house))

    signal.raise_signal(number)

    async with asyncio.timeout(5):
        assert await process == 0


async def said(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return words in caplog.text


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_lone_process_takes_its_mails_back_at_once(house: Workplace, cast: Cast) -> None:
    await house.placed(cast)
    await house.perform(read_on, [f"location:{cast.bar}"], WRITER)
    (mail,) = await house.mails()
    await house.perform(outbox.lease, mail.id or 0, SENDER, TERMS)  # by ourselves, before we died

    async with working(Jobs(house, whole=True, pace=QUICK).run):
        await until(lambda: sent(house))
