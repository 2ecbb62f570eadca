"""What has to be reached: a figure of ours against a number, or against a peer in the same run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.servers import Server

Rounds = Mapping[str, Sequence[Mapping[str, Any]]]  # by server


@dataclass(frozen=True, slots=True)
class Bar:
    """`figure` of Heard is at most (or at least) `limit`, or so many times the best of `peers`."""

    figure: str
    limit: float
    peers: tuple[type[Server], ...] = ()
    at_least: bool = False
    unit: str = ""
    on: tuple[type[Server], ...] = ()  # only for these ways of running Heard
    digits: int = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a bar was met; `reached` is None where no peer was here to compare with."""

    server: str
    words: str
    reached: bool | None
    ratio: float | None = None


def judge(bar: Bar, ours: str, rounds: Rounds) -> Verdict:
    """Hold the median of our rounds to a bar."""
    value = middle(rounds[ours], bar.figure)
    sign = "≥" if bar.at_least else "≤"
    if not bar.peers:
        words = f"{bar.figure} {value:,.{bar.digits}f} {sign} {bar.limit:,g}{bar.unit}"
        return Verdict(ours, words, meets(bar, value, bar.limit))
    found = {p.name: middle(rounds[p.name], bar.figure) for p in bar.peers if p.name in rounds}
    if not found:
        names = ", ".join(peer.name for peer in bar.peers)
        return Verdict(ours, f"{bar.figure} {sign} {bar.limit:g} × {names}: not here", None)
    best = (max if bar.at_least else min)(found, key=lambda name: found[name])
    ratio = value / found[best] if found[best] else float("inf")
    words = f"{bar.figure} {ratio:.2f} × {best} {sign} {bar.limit:g} ×"
    return Verdict(ours, words, meets(bar, ratio, bar.limit), ratio)


def meets(bar: Bar, value: float, limit: float) -> bool:
    return value >= limit if bar.at_least else value <= limit


def middle(rounds: Sequence[Mapping[str, Any]], figure: str) -> float:
    """The median of a figure over the rounds."""
    return float(median(one[figure] for one in rounds))
