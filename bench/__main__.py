"""`make bench`: the product against its peers, in one run, as ratios."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import orjson

from bench.awake import wakes
from bench.ground import Ground, ground
from bench.machine import words
from bench.programs import Failed
from bench.report import lines, verdicts
from bench.servers import Server, missing
from bench.workloads import WORKLOADS, Workload

NAMES: Final = [workload.name for workload in WORKLOADS]
WOKEN: Final = (
    "  (whoever only sleeps is woken here {p50_ms} ms late, 1 of 100 {p99_ms} ms or more)\n"
)


def main() -> int:
    asked = options()
    chosen = [workload for workload in WORKLOADS if workload.name in (asked.only or NAMES)]
    told: dict[str, Any] = {"machine": words(), "rounds": asked.rounds, "workloads": {}}
    with ground() as stand:
        for workload in chosen:
            told["workloads"][workload.name] = take(workload, stand, asked.rounds, asked.servers)
            if asked.json:
                asked.json.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    return 0


def options() -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="bench", description=__doc__)
    names = ", ".join(NAMES)
    asked.add_argument("--only", type=known, default=[], help=f"some of {names}, with commas")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--servers", type=listed, default=[], help="only these, with commas")
    asked.add_argument("--json", type=Path, help="where to write every figure of every round")
    return asked.parse_args()


def known(text: str) -> list[str]:
    names = listed(text)
    if strange := set(names) - set(NAMES):
        raise argparse.ArgumentTypeError(f"no such workload: {', '.join(strange)}")
    return names


def listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def take(workload: Workload, on: Ground, rounds: int, only: Sequence[str]) -> dict[str, Any]:
    """Measure one workload: round after round, every server in each."""
    wanted = [s for s in workload.servers if not only or s.name.startswith(tuple(only))]
    absent = {s.name: why for s in wanted if (why := missing(s, on))}
    measured: dict[str, list[dict[str, Any]]] = {}
    woken = wakes()
    for number in range(rounds):
        for server in wanted:
            if server.name not in absent:
                where = f"{workload.name} round {number + 1} of {rounds}: {server.name}"
                measured.setdefault(server.name, []).append(once(workload, server, on, where))
    for line in lines(workload, measured, absent):
        sys.stdout.write(line + "\n")
    sys.stdout.write(WOKEN.format(**woken))
    sys.stdout.flush()
    judged = [asdict(verdict) for verdict in verdicts(workload, measured)]
    return {
        "title": workload.title,
        "wakes": woken,
        "measured": measured,
        "absent": absent,
        "bars": judged,
    }


def once(workload: Workload, server: type[Server], on: Ground, where: str) -> dict[str, Any]:
    began = time.monotonic()
    progress(f"{where} … ")
    figures = workload.measure(server, on)
    progress(f"{time.monotonic() - began:.1f} s\n")
    return figures


def progress(text: str) -> None:
    """What is going on, beside the table."""
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failed:
        sys.exit(f"\n{failed}")
