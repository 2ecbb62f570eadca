"""The command that says whether all is well must itself be believed."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from server import browser, checks
from server.environment import ROOT


def test_a_check_that_fails_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    tool = Path(sys.executable).name

    assert checks.passes("good", [tool, "-c", "pass"])
    assert not checks.passes("bad", [tool, "-c", "print('line 7 is too long'); exit(1)"])

    assert "line 7 is too long" in capsys.readouterr().out


def test_what_measures_time_runs_alone_and_nothing_runs_twice_or_not_at_all() -> None:
    together, two, alone = checks.selections(["-x"])
    left_to_two = [word for word in two if (ROOT / word).exists()]

    assert together == [*checks.TOGETHER, *checks.without(*left_to_two, *alone)]
    assert two == [*checks.TWO, *left_to_two, *checks.without(*alone)]
    assert all((ROOT / path).exists() for path in alone)


def test_named_tests_run_by_themselves() -> None:
    assert checks.selections(["tests/test_checks.py::test_x", "-x"]) == [[]]


@pytest.mark.parametrize(
    ("ends", "chosen", "green"),
    [
        ({0}, False, True),
        ({0, 1}, False, False),
        ({0, 5}, False, False),
        ({0, 5}, True, True),
        ({5}, True, False),
        ({2}, True, False),
    ],
)
def test_nothing_is_green_that_was_not_run(ends: set[int], chosen: bool, green: bool) -> None:
    assert checks.green(ends, chosen=chosen) is green


HASTY = """
from pathlib import Path

def test_that_passes_from_its_second_run_on():
    mark = Path(__file__).with_name("ran")
    ran = mark.exists()
    mark.touch()
    assert ran
"""
WRONG = "def test_that_never_passes():\n    assert False\n"
RIGHT = "def test_that_passes():\n    pass\n"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose tests are those that a test writes into it."""
    monkeypatch.setattr(checks, "ROOT", tmp_path)
    monkeypatch.setattr(checks, "FAILURES", tmp_path / ".pytest_cache/v/cache/lastfailed")
    monkeypatch.setattr(checks, "check", lambda: 0)
    monkeypatch.setattr(checks, "selections", lambda _: [["test_hasty.py"], ["test_other.py"]])
    monkeypatch.setattr(browser, "ready", lambda: "")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return tmp_path


@pytest.mark.parametrize(
    ("tests", "other", "status"),
    [
        ((HASTY,), "", 0),
        ((HASTY,), WRONG, 1),
        ((WRONG,), "", 1),
        ([HASTY.replace("test_", f"test_{n}_").replace("ran", str(n)) for n in range(13)], "", 1),
    ],
    ids=["a machine that stood still", "and a mistake", "a mistake", "too many"],
)
def test_the_few_that_fail_are_run_once_more_alone(
    house: Path,
    capfd: pytest.CaptureFixture[str],
    tests: Sequence[str],
    other: str,
    status: int,
) -> None:
    (house / "test_hasty.py").write_text("\n".join(tests))
    (house / "test_other.py").write_text(other or RIGHT)

    assert checks.test([]) == status
    assert ("Passed only when run again, alone:" in capfd.readouterr().out) is (status == 0)


def test_what_was_chosen_is_run_once(house: Path) -> None:
    (house / "test_hasty.py").write_text(HASTY)
    (house / "test_other.py").write_text(RIGHT)

    assert checks.test(["-q"]) == 1


def test_chromium_is_found_where_it_was_said_or_on_path_or_where_playwright_put_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "said" / "browser"
    on_path = tmp_path / "bin" / "chromium-browser"
    downloaded = tmp_path / "kept" / "chromium-1255" / "chrome-linux" / "chrome"
    for program in (said, on_path, downloaded):
        program.parent.mkdir(parents=True)
        program.touch(0o755)
    monkeypatch.setenv("HEARD_CHROMIUM", str(said))
    monkeypatch.setenv("PATH", str(on_path.parent))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "kept"))

    assert browser.chromium() == str(said)
    monkeypatch.delenv("HEARD_CHROMIUM")
    assert browser.chromium() == str(on_path)
    monkeypatch.setenv("PATH", os.devnull)
    assert browser.chromium() == str(downloaded)
    monkeypatch.setenv("HEARD_CHROMIUM", str(tmp_path / "absent"))
    assert browser.chromium() is None
