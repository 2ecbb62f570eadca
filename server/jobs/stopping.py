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
    """Stop if told to: an error on the way out (Redis went as well) replaces the telling itself."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


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
