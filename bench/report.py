"""What people read: one table for each workload, and one line for each bar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from bench.bars import Rounds, Verdict, judge
from bench.workloads import Workload

MARKS = {True: "reached", False: "NOT REACHED", None: "no peer"}


def verdicts(workload: Workload, rounds: Rounds) -> list[Verdict]:
    """Every bar of a workload, for each way that Heard was run."""
    ours = [name for name in rounds if name.startswith("heard") and name not in workload.aside]
    return [
        judge(bar, name, rounds)
        for name in ours
        for bar in workload.bars
        if not bar.on or name in [server.name for server in bar.on]
    ]


def lines(workload: Workload, rounds: Rounds, absent: Mapping[str, str]) -> Iterator[str]:
    """A workload's figures and bars."""
    count = max(map(len, rounds.values()))
    yield f"\n{workload.name}  {workload.title}  (median of {count}, least–most)"
    width = max(len(name) for name in [*rounds, *absent])
    for name, measured in rounds.items():
        shown = "   ".join(figure(measured, key) for key in workload.shown if key in measured[0])
        yield f"  {name:<{width}}  {shown}"
    for name, why in absent.items():
        yield f"  {name:<{width}}  not present: {why}"
    for verdict in verdicts(workload, rounds):
        yield f"  {MARKS[verdict.reached]:<11}  {verdict.server}: {verdict.words}"
    if any(one.get("generator") == "python" for one in rounds["heard"]):
        yield "  The load came from Python, without a C compiler: these figures are bounded by it."


def figure(rounds: Sequence[Mapping[str, Any]], key: str) -> str:
    """`p99_ms 2.90 (2.81–3.05)`."""
    values = [one[key] for one in rounds]
    spread = f" ({brief(min(values))}–{brief(max(values))})" if len(values) > 1 else ""
    return f"{key} {brief(median(values))}{spread}"


def brief(value: float) -> str:
    if value == int(value) and value < 1000:
        return str(int(value))
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}"
