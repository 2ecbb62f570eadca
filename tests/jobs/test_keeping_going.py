"""The parts of a process start again when they break, and stop when they are told to."""

import asyncio

import pytest

from server.errors import Unsaved
from server.jobs import stopping
from tests.workplace import working


async def test_what_breaks_starts_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(stopping, "AGAIN_SECONDS", 0.001)
    errors = iter([Unsaved("away"), ValueError("a mistake of ours")])
    ran = asyncio.Event()

    async def part() -> None:
        if error := next(errors, None):
            raise error
        ran.set()
        await asyncio.sleep(3600)

    async with working(lambda: stopping.kept_going(part)), asyncio.timeout(5):
        await ran.wait()

    assert "waits: away" in caplog.text
    assert "broke and starts again" in caplog.text


async def test_an_error_on_the_way_out_does_not_make_it_forget_to_stop() -> None:
    started = asyncio.Event()

    async def part() -> None:
        try:
            started.set()
            await asyncio.sleep(3600)
        finally:
            raise ConnectionError("Redis has gone as well")

    task = asyncio.ensure_future(stopping.kept_going(part))
    await started.wait()
    task.cancel()

    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_loop_that_missed_the_telling_is_told_again() -> None:
    async def deaf() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await asyncio.sleep(3600)

    task = asyncio.ensure_future(deaf())
    await asyncio.sleep(0)

    async with asyncio.timeout(5):
        await stopping.stopped(task)

    assert task.cancelled()


async def test_a_telling_that_was_swallowed_is_heeded_at_the_next_turn() -> None:
    async def deaf() -> None:
        while True:
            stopping.heed_stop()
            try:
                await asyncio.sleep(0.001)
            except asyncio.CancelledError:
                continue

    async with asyncio.timeout(5), working(deaf):
        await asyncio.sleep(0.01)
