"""VAR_DIR: whose it is, how much room there is, and how the log grows."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from server.doctor.place import MIB, files
from tests.doctor.patients import fine, patient, warned, wrong


@pytest.fixture
def var(tmp_path: Path) -> Path:
    made = tmp_path / "var"
    made.mkdir(mode=0o700)
    return made


def test_a_directory_of_our_own_is_fine(var: Path) -> None:
    assert fine(files(patient(var)))


def test_one_that_is_not_there_yet_is_said_and_not_made(tmp_path: Path) -> None:
    assert "the first start makes it" in warned(files(patient(tmp_path / "none")))
    assert not (tmp_path / "none").exists()


def test_one_that_others_may_read_is_warned_of(var: Path) -> None:
    var.chmod(0o755)

    assert f"chmod 700 {var}" in warned(files(patient(var)))


def test_one_that_we_may_not_write_is_wrong(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anything

    assert "cannot be written by this user" in wrong(files(patient(var)))


@pytest.mark.parametrize(("free", "level"), [(99, wrong), (1000, warned)])
def test_a_disk_that_fills_up(
    var: Path, monkeypatch: pytest.MonkeyPatch, free: int, level: object
) -> None:
    usage = shutil.disk_usage(var)._replace(free=free * MIB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    assert callable(level)
    assert f"{free:,} MiB free" in level(files(patient(var)))


def test_a_log_that_somebody_holds_back_is_seen(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.doctor.place.WAL_WARN", 256 * 1024)
    with sqlite3.connect(var / "heard.db") as writer, sqlite3.connect(var / "heard.db") as reader:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE t (x)")
        writer.commit()
        assert fine(files(patient(var)))
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM t").fetchall()
        for _ in range(8):
            writer.execute("INSERT INTO t VALUES (zeroblob(100000))")
            writer.commit()

        told = warned(files(patient(var)))

    writer.close()
    reader.close()
    assert "a program that keeps the database open holds it back" in told
