"""The web process: there or not, ours or not, and what its figures mean."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import pytest

from server.doctor.findings import Level
from server.doctor.web import Web, address, burdens, told, web
from server.routes.templates import build
from tests.doctor.patients import (
    TLS,
    VALID,
    fine,
    free_port,
    http,
    patient,
    program,
    silent,
    warned,
    wrong,
)

HEALTHY = {
    "heard_loop_lag_worst_seconds": 0.01,
    "heard_database_age_seconds": 0.5,
    "heard_sockets": 20.0,
    "process_open_fds": 50.0,
    "process_max_fds": 1024.0,
}


def examined(var: Path, **settings: Any) -> str:
    """What is wrong with the web of these settings."""
    chosen = patient(var, **settings)
    return wrong(web(chosen, Web(address(chosen))))


def test_nobody_at_the_door(tmp_path: Path) -> None:
    port = free_port()

    told = examined(tmp_path, port=port)

    assert told == (
        f"nothing answers at http://127.0.0.1:{port}: start it with `python3 -m server up`."
    )


def test_an_up_whose_web_is_gone_is_told_apart(tmp_path: Path) -> None:
    port = free_port()
    with (tmp_path / "up.lock").open("w") as lock:
        assert "start it with" in examined(tmp_path, port=port)  # left behind, held by nobody
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert "`up` runs, but nothing answers" in examined(tmp_path, port=port)


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n", http("hello"), http("", "404 No")])
def test_another_program_has_the_port(tmp_path: Path, answer: bytes) -> None:
    with program(answer) as port:
        told = examined(tmp_path, port=port, host="0.0.0.0")  # noqa: S104

    assert f"port {port} is in use by another program" in told
    assert f"PORT={port + 1} python3 -m server up" in told


def test_one_that_never_answers_is_hung(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.doctor.web.PATIENCE_SECONDS", 0.2)
    with silent() as port:
        assert "takes connections but does not answer: restart it" in examined(tmp_path, port=port)


def test_one_that_waits_for_the_database_is_not_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.doctor.web.PATIENCE_SECONDS", 0.3)
    with program(http("ok\n"), answers=1) as port:
        assert "it waits for the database" in examined(tmp_path, port=port)


def test_our_own_certificate_is_believed_while_it_is_valid(tmp_path: Path) -> None:
    with program(http("ok\n"), VALID) as port:
        told = examined(tmp_path, port=port, tls_cert=str(VALID))
        assert "is in use by another" in told  # it answers, but not /readyz
    with program(http("ok\n"), TLS) as port:
        told = examined(tmp_path, port=port, tls_cert=str(TLS))
        assert "a certificate that is not valid" in told
        assert "certificate has expired" in told


def test_a_healthy_one_is_fine(tmp_path: Path) -> None:
    figures = {**HEALTHY, f'heard_build_info{{build="{build()}"}}': 1.0}

    assert fine(told(patient(tmp_path), Web("http://x", True, {"database": "ok"}, figures)))


def test_another_build_than_the_one_here_is_told(tmp_path: Path) -> None:
    figures = {**HEALTHY, 'heard_build_info{build="0123456789"}': 1.0}

    assert f"here lies build {build()}: restart it" in warned(
        told(patient(tmp_path), Web("http://x", True, {}, figures))
    )


def test_without_figures_it_says_how_to_get_them(tmp_path: Path) -> None:
    assert "set METRICS_TOKEN" in warned(told(patient(tmp_path), Web("http://x")))


def test_a_database_that_only_the_web_cannot_use(tmp_path: Path) -> None:
    web = Web("http://x", True, {"database": "It is away."})

    assert "it cannot use the database: It is away." in wrong(told(patient(tmp_path), web))


@pytest.mark.parametrize(
    ("figure", "value", "level", "words"),
    [
        ("heard_loop_lag_worst_seconds", 0.3, Level.WARN, "late by 300 ms"),
        ("heard_loop_lag_worst_seconds", 2.0, Level.WRONG, "late by 2000 ms"),
        ("heard_database_age_seconds", 3.5, Level.WRONG, "looked at the database 3.5 s ago"),
        ("heard_sockets", 95.0, Level.WARN, "start another web process"),
        ("heard_sockets", 100.0, Level.WRONG, "100 of 100 sockets"),
        ("process_open_fds", 1000.0, Level.WRONG, "raise the limit (ulimit -n)"),
    ],
)
def test_a_burden_that_grows(
    tmp_path: Path, figure: str, value: float, level: Level, words: str
) -> None:
    chosen = patient(tmp_path, sockets_per_process=100)

    [found] = [
        finding
        for finding in burdens(chosen, {**HEALTHY, figure: value})
        if finding.level is not Level.OK
    ]

    assert found.level is level
    assert words in found.words
