"""What the figures are measured on: two cores, a compiler perhaps, and how much a process took."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


def cores() -> tuple[int, int]:
    """The core of the server, and the core of everything else."""
    if not hasattr(os, "sched_getaffinity"):
        return 0, 0
    allowed = sorted(ALLOWED)
    return allowed[0], allowed[-1]


@contextmanager
def on_core(number: int) -> Iterator[None]:
    """Programs started inside run on this core; what starts them goes back to where it was."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {number})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def family(pid: int) -> list[int]:
    """A process and all that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = children.read_text().split() if children.exists() else []
    return [pid, *(one for child in found for one in family(int(child)))]


def cpu_seconds(pid: int) -> float:
    """What a process and its children have used of a core so far."""
    return sum(used(one) for one in family(pid))


def used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_bytes(pid: int) -> int:
    """The memory that a process and its children have in use."""
    return sum(
        int(Path(f"/proc/{one}/statm").read_text().split()[1]) * PAGE_BYTES for one in family(pid)
    )


def compiler() -> str | None:
    """A C compiler, if this machine has one."""
    return shutil.which(os.environ.get("CC") or "cc") or shutil.which("gcc")


@lru_cache
def built(source: str, directory: Path) -> Path | None:
    """One of our C programs, compiled; None where there is no compiler, or it does not fit."""
    found = compiler()
    if not found:
        return None
    program = directory / Path(source).stem
    command = [found, "-O2", "-o", str(program), str(HERE / source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return program if done.returncode == 0 else None


def words() -> dict[str, object]:
    """This machine in a few words, for whoever reads the figures later."""
    with Path("/proc/cpuinfo").open() as lines:
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {"cpu": names[0] if names else "unknown", "cores": os.cpu_count(), "pinned": cores()}


ALLOWED: Final = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else {0}
