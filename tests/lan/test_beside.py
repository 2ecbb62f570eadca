"""Commands typed beside a running `up --lan` find it; beside anything else they do not."""

import fcntl
import os
from pathlib import Path

import pytest

from server.lan import beside


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    for name in ("PUBLIC_URL", "PORT"):
        monkeypatch.setenv(name, "set")  # so that it is put back
        monkeypatch.delenv(name)
    (tmp_path / "lan").mkdir()
    beside.keep({"PUBLIC_URL": "https://192.168.1.5:8443", "PORT": "8443"})


def test_its_settings_are_taken_over_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "9000")
    with (tmp_path / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        beside.adopt()

    assert os.environ["PUBLIC_URL"] == "https://192.168.1.5:8443"
    assert os.environ["PORT"] == "9000"  # what is set counts


def test_what_it_left_behind_is_not(tmp_path: Path) -> None:
    beside.adopt()
    (tmp_path / "up.lock").touch()
    beside.adopt()

    assert "PUBLIC_URL" not in os.environ


def test_what_is_forgotten_is_gone() -> None:
    beside.forget()
    beside.forget()

    assert beside.read() == {}
