"""Runs Heard and writes down what passes two seams: `-m bench.witness web`.

`asked`: a command reaches `perform`. `rung`: its event reaches the hub, after the commit. And where
it is asked for, every statement of SQLite's with the thread that sends it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final, TextIO

from sqlalchemy import Engine, event

from server.cli import main
from server.events import Publication
from server.perform import Perform
from server.realtime.hub import Hub

FILE: Final = os.environ["BENCH_WITNESS"]
STATEMENTS: Final = "BENCH_STATEMENTS" in os.environ

asked_at: Final[ContextVar[int]] = ContextVar("asked_at", default=0)


def time_commands(out: TextIO) -> None:
    """Note for each event when its command was asked for and when the hub heard of it."""
    once: Callable[..., Any] = Perform.once
    receive = Hub.receive

    def timed(self: Perform, *args: Any, **kwargs: Any) -> Any:
        asked_at.set(time.monotonic_ns())
        return once(self, *args, **kwargs)

    def received(self: Hub, publication: Publication) -> None:
        now = time.monotonic_ns()
        receive(self, publication)
        out.write(f"rung\t{publication.channel}\t{publication.offset}\t{asked_at.get()}\t{now}\n")

    setattr(Perform, "once", timed)  # noqa: B010  # the seam as it stands in docs/flow.md
    setattr(Hub, "receive", received)  # noqa: B010


def log_statements(out: TextIO) -> None:
    """Note every statement as SQLite is given it."""

    def said(statement: str) -> None:
        thread = threading.current_thread().name
        out.write(f"statement\t{thread}\t{' '.join(statement.split())}\n")

    event.listen(Engine, "connect", lambda connection, _: connection.set_trace_callback(said))


if __name__ == "__main__":
    with open(FILE, "w", buffering=1) as out:  # noqa: PTH123
        time_commands(out)
        if STATEMENTS:
            log_statements(out)
        main()
