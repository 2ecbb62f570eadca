"""A guarded process dies with the one that started it, however it is tied."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.launch.processes import alive, wait_until

OWNER = """
import os, subprocess, sys
from server.guard import guarded
pause = [sys.executable, "-c", "import signal; signal.pause()"]
ties = {
    "kernel": guarded(pause, ending=9),
    "watching": [sys.executable, "-c", sys.argv[2], str(os.getpid()), *pause],
}
child = subprocess.Popen(ties[sys.argv[1]], start_new_session=True)
print(child.pid, flush=True)
sys.stdin.readline()
child.terminate()
print(child.wait(), flush=True)
sys.stdin.readline()
"""
WATCHED = """
import os, sys
from server.guard import tie_by_watching
tie_by_watching(int(sys.argv[1]), 9)
os.execv(sys.argv[2], sys.argv[2:])
"""


@contextmanager
def owner(tie: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, tie, WATCHED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        yield process, int(process.stdout.readline())
        process.kill()


@pytest.mark.parametrize("tie", ["kernel", "watching"])
def test_it_dies_with_its_owner(tie: str) -> None:
    with owner(tie) as (process, guarded):
        assert alive(guarded)

        process.kill()
        process.wait(5)  # until it is buried, its number still counts as a living one's

        wait_until(lambda: not alive(guarded), 2)


@pytest.mark.parametrize("tie", ["kernel", "watching"])
def test_it_hears_signals_itself(tie: str) -> None:
    with owner(tie) as (process, _):
        assert process.stdin
        assert process.stdout
        process.stdin.write("end it\n")
        process.stdin.flush()

        assert int(process.stdout.readline()) == -signal.SIGTERM
