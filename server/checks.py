"""`check` and `test`: what must be green before anything is called done. Nothing is skipped."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from server import browser
from server.console import CannotStart, say
from server.environment import ROOT

CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "layers": ["lint-imports"],
}
PROCESSES = [  # each starts several, and mostly waits for them
    "tests/flow",
    "tests/faults",
    "tests/browser/test_live.py",
    "tests/browser/test_still.py",
]
ALONE = [  # they measure time or memory: nothing runs beside
    "tests/faults/test_fanout.py",
    "tests/flow/test_memory.py",
    "tests/browser/test_rush.py",
    "tests/browser/test_size.py",
]
FAILED = 1
NO_TESTS = 5
FAILURES = ROOT / ".pytest_cache/v/cache/lastfailed"
AGAIN_AT_MOST = 12  # more than that is no accident
WORKERS = min((os.cpu_count() or 1) + 1, 4)  # one more than cores: some always wait
TOGETHER = ["-n", str(WORKERS), "--dist", "loadfile"]
TWO = ["-n", "2", "--dist", "loadfile"]


def check() -> int:
    """Format, lint, types and import layers; 0 when all are as they should be."""
    passed = [passes(name, CHECKS[name]) for name in CHECKS]
    return int(not all(passed))


def passes(name: str, command: Sequence[str]) -> bool:
    say(f"check: {name:<6} … ", end="")
    start = time.monotonic()
    tool = Path(sys.executable).with_name(command[0])
    done = subprocess.run(
        [tool, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    say(f"{'failed' if done.returncode else 'ok'} ({time.monotonic() - start:.1f} s)")
    if done.returncode:
        say(done.stdout + done.stderr)
    return done.returncode == 0


def test(arguments: Sequence[str]) -> int:
    """Everything `check` does, then every test, or those that the arguments choose."""
    try:
        os.environ["HEARD_CHROMIUM"] = browser.ready()
    except CannotStart as cannot:
        say(str(cannot))
        return 1
    FAILURES.unlink(missing_ok=True)
    failed = check()
    ends = {pytest([*selection, *arguments]) for selection in selections(arguments)}
    if FAILED in ends and not arguments and looked_at_again():
        ends.remove(FAILED)
    return failed or int(not green(ends, chosen=bool(arguments)))


def selections(arguments: Sequence[str]) -> list[list[str]]:
    """What runs together on all cores, then two by two, then what needs the machine to itself."""
    if any((ROOT / argument.partition("::")[0]).exists() for argument in arguments):
        return [[]]
    return [
        [*TOGETHER, *without(*PROCESSES, *ALONE)],
        [*TWO, *PROCESSES, *without(*ALONE)],
        ALONE,
    ]


def looked_at_again() -> bool:
    """Whether the few that failed pass by themselves, with nothing else on the machine.

    Many tests measure seconds; a machine that stood still for some is not a mistake of ours. What
    is one fails again. Whatever needed this is named at the end.
    """
    failures = sorted(json.loads(FAILURES.read_text()))
    if len(failures) > AGAIN_AT_MOST:
        return False
    say(f"\n{len(failures)} failed; once more, alone:")
    passed = pytest(["--lf", "--lfnf=none"]) == 0
    if passed:
        say("\n".join(["Passed only when run again, alone:", *failures]))
    return passed


def without(*paths: str) -> list[str]:
    return [f"--ignore={path}" for path in paths]


def pytest(arguments: Sequence[str]) -> int:
    say(f"\npytest {' '.join(arguments)}")
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def green(ends: set[int], *, chosen: bool) -> bool:
    """A run without any test has shown nothing, unless all that was chosen was in the other."""
    return ends <= ({0, NO_TESTS} if chosen else {0}) and 0 in ends
