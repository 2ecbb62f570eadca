"""What the doctor finds: a line each, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from server.console import say


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    level: Level
    about: str
    words: str


def ok(about: str, words: str) -> Finding:
    return Finding(Level.OK, about, words)


def warn(about: str, words: str) -> Finding:
    """It works, but not for long, or not as it should."""
    return Finding(Level.WARN, about, words)


def wrong(about: str, words: str) -> Finding:
    """Somebody will notice."""
    return Finding(Level.WRONG, about, words)


def graded(about: str, words: str, value: float, *, warn_at: float, wrong_at: float) -> Finding:
    """As bad as the value is high."""
    level = Level.WRONG if value >= wrong_at else Level.WARN if value >= warn_at else Level.OK
    return Finding(level, about, words)


def report(findings: Iterable[Finding]) -> int:
    """Say each as it is found, then the sum; the exit status."""
    told = dict.fromkeys(Level, 0)
    for finding in findings:
        told[finding.level] += 1
        say(f"{finding.level:<5}  {finding.about:<9} {finding.words}")
    say(summed(told[Level.WRONG], told[Level.WARN]))
    return 1 if told[Level.WRONG] else 0


def summed(wrongs: int, warnings: int) -> str:
    if not wrongs and not warnings:
        return "\nNothing is wrong."
    things = f"{wrongs or 'no'} {'thing is' if wrongs == 1 else 'things are'} wrong"
    return f"\n{things.capitalize()}, {warnings or 'none'} to look at."
