"""`python3 -m server doctor` beside a house as it runs, and beside none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from server.environment import ROOT
from tests.doctor.patients import free_port
from tests.flow.foundation import Foundation
from tests.flow.house import house
from tests.flow.programs import environment
from tests.flow.up import Up
from tests.launch.processes import wait_until


def doctor(settings: Mapping[str, str]) -> tuple[int, str]:
    """Its exit status, and what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "server", "doctor"],
        env=environment(**settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_beside_a_running_up_nothing_is_wrong(demo: Up) -> None:
    said = demo.command("doctor")

    assert f"{demo.url} answers in" in said
    assert "the web heard redis" in said
    assert "1 worker is heard" in said
    assert "wrong" not in said.replace("Nothing is wrong", "")


def test_where_nothing_runs_it_says_how_to_start(tmp_path: Path) -> None:
    var = tmp_path / "var"

    status, said = doctor({"VAR_DIR": str(var), "PORT": str(free_port())})

    assert status == 1
    assert "start it with `python3 -m server up`" in said
    assert "1 thing is wrong" in said
    assert not var.exists()


def test_what_breaks_in_a_house_of_many_processes_is_named(
    foundations: Callable[[str], Foundation], tmp_path: Path
) -> None:
    with house(foundations("postgresql"), tmp_path, webs=1, workers=1) as running:
        settings = {**running.settings, "PORT": str(running.web.port)}

        def whole() -> str:
            return doctor(settings)[1]

        wait_until(lambda: "1 worker is heard" in whole(), 20)
        before = whole()
        running.valkey.kill()
        after = whole()

    assert "a letter through REDIS_URL comes back in" in before
    assert "no letter comes back through REDIS_URL" in after
    assert "mails come later, from the database" in after
    assert "its tables are at revision" in after
