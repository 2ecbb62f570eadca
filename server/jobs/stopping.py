"""How the parts of a process keep going, and how they stop when they are told to."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from redis.exceptions import RedisError

from server.errors import Unsaved

AGAIN_SECONDS: Final = 1.0
AGAIN_AT_MOST_SECONDS: Final = 10.0
STEADY_SECONDS: Final = 30.0
AGAIN_TOLD_SECONDS: Final = 0.1
GRACE_SECONDS: Final = 5.0  # for the work at hand when the process stops

log = logging.getLogger(__name__)


async def kept_going(part: Callable[..., Awaitable[None]], *args: object) -> None:
    """Run a part for ever: what breaks it is logged, and it starts again."""
    pause = AGAIN_SECONDS
    while True:
        began = time.monotonic()
        try:
            await part(*args)
        except (Unsaved, RedisError, OSError) as error:
            log.warning("%s waits: %s", part.__qualname__, error)
        except Exception:
            log.exception("%s broke and starts again", part.__qualname__)
        heed_stop()
        await asyncio.sleep(pause)
        steady = time.monotonic() - began > STEADY_SECONDS
        pause = AGAIN_SECONDS if steady else min(pause * 2, AGAIN_AT_MOST_SECONDS)


def heed_stop() -> None:
    """Stop if told to, for the telling may have been lost on its way to a loop that asks here.

    An error on the way out replaces it, and `wait_for`, by which redis-py sends, swallows it now
    and then on Python 3.11.
    """
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


async def stopped(task: asyncio.Task[None]) -> None:
    """Tell a loop that is not ours to stop until it does."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=AGAIN_TOLD_SECONDS)


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Do it; told to stop meanwhile, finish it first, but not for long."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=GRACE_SECONDS)
        task.cancel()
        await asyncio.wait({task}, timeout=1)
        raise
