"""Processes and how much memory they take: what they share with others counts by shares."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.launch.processes import PROC, resident_kilobytes

PSS: Final = "Pss:"


@dataclass(frozen=True, slots=True)
class Share:
    """What one process takes."""

    name: str
    megabytes: float


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    parents, found = everybody(), [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found


def everybody() -> dict[int, int]:
    """The parent of every process."""
    if not PROC.is_dir():
        return {int(pid): int(parent) for pid, parent in map(str.split, ps("-A", "pid=,ppid="))}
    return {int(path.parent.name): parent(path) for path in PROC.glob("[0-9]*/stat")}


def parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(") ")[2].split()[1])
    except OSError:  # it ended while we looked
        return 0


def command(pid: int) -> str:
    """The command line of a process; nothing if it has just ended."""
    if not PROC.is_dir():
        return "".join(ps("-p", "command=", str(pid)))
    try:
        return (PROC / f"{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def name(pid: int) -> str:
    """What it is, in a word: up, web, worker, valkey-server."""
    program, *words = command(pid).split() or [""]
    return words[2] if words[:2] == ["-m", "server"] else Path(program).name


def ps(whose: str, what: str, *more: str) -> list[str]:
    asked = ["/bin/ps", "-o", what, whose, *more]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.splitlines()


def shares(pid: int) -> list[Share]:
    """What each of a family takes, the largest first."""
    found = [Share(name(member), kilobytes(member) / 1024) for member in family(pid)]
    return sorted(found, key=lambda share: -share.megabytes)


def kilobytes(pid: int) -> int:
    """Proportional where the system tells it, else all that is resident."""
    rollup = PROC / f"{pid}/smaps_rollup"
    if not rollup.exists():
        return resident_kilobytes(pid)
    return int(rollup.read_text().partition(PSS)[2].split()[0])


def total(found: list[Share]) -> float:
    return sum(share.megabytes for share in found)


def told(found: list[Share]) -> str:
    """The whole, and each."""
    each = ", ".join(f"{share.name} {share.megabytes:.0f}" for share in found)
    return f"{total(found):.0f} MB in all: {each}"
