"""The first start, in a checkout with one small package in its lock, without any registry."""

import ast
import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
PYTHON: str = getattr(sys, "_base_executable", sys.executable)
PLAIN = ["__init__", "__main__", "console", "environment", "installing"]
CLI = """
import sys, greeting
def main():
    print(greeting.WORDS, sys.prefix, *sys.argv[1:])
"""


class Checkout:
    """As much of Heard as the first start needs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        (root / "server").mkdir(parents=True)
        (root / "requirements").mkdir()
        (root / "home").mkdir()
        for module in PLAIN:
            shutil.copy(ROOT / "server" / f"{module}.py", root / "server")
        (root / "server" / "cli.py").write_text(CLI)
        for level in ("runtime", "test"):
            self.lock(level, "1.0")

    def lock(self, level: str, version: str, digest: str = "") -> None:
        wheel = self.root / f"greeting-{version}-py3-none-any.whl"
        with ZipFile(wheel, "w") as archive:
            about = f"greeting-{version}.dist-info"
            archive.writestr("greeting.py", f"WORDS = 'hello {version}'\n")
            archive.writestr(f"{about}/METADATA", f"Name: greeting\nVersion: {version}\n")
            archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            archive.writestr(f"{about}/RECORD", "greeting.py,,\n")
        digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
        line = f"greeting @ {wheel.as_uri()} --hash=sha256:{digest}\n"
        (self.root / "requirements" / f"{level}.txt").write_text(line)

    def command(self, *arguments: str, python: str = PYTHON, **settings: str) -> "Start":
        return subprocess.Popen(
            [python, "-m", "server", *arguments],
            cwd=self.root,
            env={"HOME": str(self.root / "home"), "PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1"}
            | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, *arguments: str, python: str = PYTHON, **settings: str) -> tuple[str, str]:
        """What it answers on stdout and says on stderr."""
        started = self.command(*arguments, python=python, **settings)
        return started.communicate(timeout=50)


Start = subprocess.Popen[str]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_first_start_installs_the_second_does_not(checkout: Checkout) -> None:
    answer, said = checkout.start("key")
    again = checkout.start("key", "--name", "shop")

    assert answer == f"hello 1.0 {checkout.venv} key\n"
    assert "Making the environment" in said
    assert "Installing" in said
    assert again == (f"hello 1.0 {checkout.venv} key --name shop\n", "")


def test_a_later_start_costs_less_than_a_fifth_of_a_second(checkout: Checkout) -> None:
    checkout.start("key")

    def fastest(python: str, *command: str) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([python, *command], cwd=checkout.root, check=True, capture_output=True)
            times.append(time.perf_counter() - start)
        return min(times)

    own = str(checkout.venv / "bin" / "python")
    cost = fastest(PYTHON, "-m", "server", "key") - fastest(own, "-c", "import server.cli")
    assert cost < 0.2


def test_the_environments_own_python_goes_straight_on(checkout: Checkout) -> None:
    checkout.start("key")

    own = checkout.start("key", python=str(checkout.venv / "bin" / "python"))

    assert own == (f"hello 1.0 {checkout.venv} key\n", "")


def test_a_changed_lock_is_installed(checkout: Checkout) -> None:
    checkout.start("key")
    checkout.lock("runtime", "2.0")

    answer, said = checkout.start("key")

    assert answer.startswith("hello 2.0")
    assert "Making" not in said


def test_tests_need_more_and_what_they_have_is_enough_to_run(checkout: Checkout) -> None:
    checkout.start("key")
    checkout.lock("test", "2.0")

    assert "Installing" in checkout.start("check")[1]
    assert checkout.start("key") == (f"hello 2.0 {checkout.venv} key\n", "")


def test_a_package_that_is_not_the_locked_one_is_refused(checkout: Checkout) -> None:
    checkout.lock("runtime", "1.0", digest="0" * 64)

    answer, said = checkout.start("key")

    assert answer == ""
    assert "The packages could not be installed" in said
    checkout.lock("runtime", "1.0")
    assert checkout.start("key")[0].startswith("hello 1.0")


def test_an_interrupted_installation_is_made_anew(checkout: Checkout) -> None:
    checkout.start("key")
    (checkout.venv / "unfinished").touch()
    (checkout.venv / "half").touch()

    answer, said = checkout.start("key")

    assert answer.startswith("hello 1.0")
    assert "Making the environment" in said
    assert not (checkout.venv / "half").exists()


def test_a_python_that_has_gone_is_replaced(checkout: Checkout) -> None:
    checkout.start("key")
    (checkout.venv / "bin" / "python").unlink()
    (checkout.venv / "bin" / "python").symlink_to("gone")

    assert checkout.start("key")[0].startswith("hello 1.0")


def test_two_first_starts_at_once_wait_for_each_other(checkout: Checkout) -> None:
    both = [checkout.command("key"), checkout.command("key")]

    answers = [start.communicate(timeout=50)[0] for start in both]

    assert answers == [f"hello 1.0 {checkout.venv} key\n"] * 2


def test_without_venv_and_pip_it_says_the_one_line_to_type(
    checkout: Checkout, tmp_path: Path
) -> None:
    poor = tmp_path / "poor"
    poor.mkdir()
    for missing in ("venv", "pip"):
        (poor / f"{missing}.py").write_text("raise SystemExit('no such module')\n")

    answer, said = checkout.start("key", PYTHONPATH=str(poor))

    assert answer == ""
    assert "apt-get install python3-venv" in said
    assert not checkout.venv.exists()


def test_an_old_python_is_told_so() -> None:
    old = "import sys, runpy; sys.version_info = (3, 9, 2); runpy.run_module('server')"

    told = subprocess.run(
        [PYTHON, "-c", old], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert told.stderr == "Heard needs Python 3.11 or newer; this is Python 3.9.\n"
    assert ast.parse((ROOT / "server" / "__main__.py").read_text(), feature_version=(3, 6))


def test_what_starts_heard_needs_only_python() -> None:
    modules = "server.environment, server.installing, server.supervisor"
    told = subprocess.run(
        [PYTHON, "-S", "-c", f"import {modules}"], cwd=ROOT, capture_output=True, check=False
    )

    assert told.stderr == b""
