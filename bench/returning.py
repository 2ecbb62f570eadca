"""W6: all boards come back at once with their position, while orders move."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from bench import orders
from bench.commands import stocked
from bench.crowd import quantile
from bench.fanout import PATIENCE_SECONDS
from bench.ground import Ground
from bench.load import Boards, Hands
from bench.servers import Heard, HeardOnPostgreSQL, Server

BOARDS: Final = 2_000
COMMANDS: Final = 400
RATE: Final = 50
BEFORE_SECONDS: Final = 3.0
QUERIES: Final = {
    "missed": re.compile(r"\bFROM event\b"),
    "snapshot": re.compile(r'\bFROM "?order"?\b'),
    "heads": re.compile(r"\bFROM channel JOIN organization\b"),
    "login": re.compile(r"\bFROM api_key\b"),
}
LOGGED: Final = re.compile(r"\[(\d+)\].*?LOG:  (?:statement|execute [^:]*): (.*)")


def measure(kind: type[Server], ground: Ground) -> dict[str, Any]:
    """Two thousand boards of one location; the questions to its book are counted meanwhile."""
    assert issubclass(kind, Heard)
    server = kind(ground)
    log = witnessed(server)
    stamps = server.home / "stamps"
    with ExitStack() as stack:
        stack.callback(server.stop)
        ids = stocked(server, [1], COMMANDS)
        log = logged(server) if isinstance(server, HeardOnPostgreSQL) else log
        server.start()
        deadline = COMMANDS / RATE + PATIENCE_SECONDS
        more = ["--marked"]
        boards = Boards(
            server, stamps, boards=BOARDS, events=COMMANDS, deadline=deadline, more=more
        )
        stack.callback(boards.kill)
        boards.ready()
        answers = server.home / "answers"
        file = orders.write(orders.advances(ids, server.key), server.home / "requests")
        hands = Hands(server, file, rate=RATE, stamps=stamps, base=COMMANDS, answers=answers)
        stack.callback(hands.kill)
        calm = log.stat().st_size
        hands.go()
        began = time.monotonic()
        time.sleep(BEFORE_SECONDS)
        start, storm = time.monotonic() - began, log.stat().st_size
        came = boards.again()
        before, asked = questions(log, calm, storm), questions(log, storm)
        hands.result()
        counted = boards.result()
        meanwhile = during(answers, start, start + came["seconds"])
        return {
            "current_seconds": came["seconds"],
            "failed": came["failed"],
            "command_p99_ms": quantile(meanwhile, 0.99),
            "book_queries": asked["missed"] + asked["snapshot"],
            "book_queries_in_3_s_before": before["missed"] + before["snapshot"],
            **{f"{name}_queries": asked[name] for name in QUERIES},
            **{name: counted[name] for name in ("lost", "doubled", "disordered", "generator")},
        }


def witnessed(server: Heard) -> Path:
    """SQLite is asked through the program that writes down what it is asked."""
    if isinstance(server, HeardOnPostgreSQL):
        server.alone = True  # a worker would read the same book
        return server.home / "none"
    file = server.home / "witness"
    server.module = "bench.witness"
    server.more = {"BENCH_WITNESS": str(file), "BENCH_STATEMENTS": "1"}
    return file


def logged(server: HeardOnPostgreSQL) -> Path:
    """PostgreSQL writes its own log."""
    postgresql = server.ground.postgresql
    assert postgresql
    name = server.url.partition("?")[0].rpartition("/")[2]
    postgresql.run("ALTER DATABASE {} SET log_statement = 'all'", name)
    return postgresql.home.path / "log"


def during(answers: Path, start: float, end: float) -> list[float]:
    """How long those commands took that were sent meanwhile."""
    took = [float(line) for line in answers.read_text().splitlines()]
    return [one for number, one in enumerate(took) if start <= number / RATE <= end] or took


def questions(log: Path, start: int, end: int | None = None) -> Counter[str]:
    """What was read between two places in the log, outside of transactions that write."""
    text = log.read_bytes()[start:end].decode(errors="replace")
    return Counter(
        name
        for statement in reads(text)
        for name, form in QUERIES.items()
        if form.search(statement)
    )


def reads(text: str) -> Iterator[str]:
    """The statements of reading transactions."""
    reading: set[str] = set()
    for line in text.replace("\n\t", " ").splitlines():
        if line.startswith("statement\tread"):
            yield line
        elif found := LOGGED.search(line):
            process, statement = found.groups()
            if statement.startswith("BEGIN"):
                (reading.add if "READ ONLY" in statement else reading.discard)(process)
            elif process in reading:
                yield " ".join(statement.split())
