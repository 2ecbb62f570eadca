"""`up` with a certificate of one's own, as docs/lan.md says it, and with pairs of no use."""

from __future__ import annotations

import ssl
from contextlib import closing
from pathlib import Path
from typing import Final

import httpx2
import pytest

from server.environment import ROOT
from server.lan import authority, certificate, files
from server.settings import Settings
from tests.doctor.patients import TLS, free_port
from tests.flow.documents import blocks, commands
from tests.flow.programs import Program

BLOCK: Final = next(b for b in blocks(ROOT / "docs" / "lan.md") if "TLS_CERT" in b)
LINES: Final = commands(BLOCK)
TOLD: Final = dict(line.removeprefix("export ").split("=", 1) for line in LINES if "=" in line)


@pytest.fixture
def pair(tmp_path: Path) -> dict[str, str]:
    """One that a client can be told to trust, for names of this machine only."""
    place = files.folder(tmp_path)
    now = files.moment()
    file = certificate.kept(place, authority.kept(place, now), now)
    return {"TLS_CERT": str(file), "TLS_KEY": str(file.with_suffix(".key"))}


def up(tmp_path: Path, **settings: str) -> Program:
    own = {"HOST": "127.0.0.1", "PORT": "0", "VAR_DIR": str(tmp_path / "var"), **settings}
    return Program((*LINES[-1].split()[2:],), own, tmp_path / "up.log")


def test_the_settings_of_the_document_are_ours() -> None:
    assert set(TOLD) <= {name.upper() for name in Settings.model_fields}
    assert LINES[-1] == "python3 -m server up"
    assert Settings(public_url=TOLD["PUBLIC_URL"]).known_everywhere


def test_a_certificate_of_ones_own_is_served(tmp_path: Path, pair: dict[str, str]) -> None:
    port = str(free_port())
    with closing(up(tmp_path, **pair, PUBLIC_URL=TOLD["PUBLIC_URL"], PORT=port)) as running:
        running.start()
        running.wait(lambda: "Ctrl-C" in running.whole())
        assert f"Heard is up: {TOLD['PUBLIC_URL']}" in running.whole()
        trust = ssl.create_default_context(cafile=str(tmp_path / "lan" / "ca.pem"))

        answer = httpx2.get(f"https://127.0.0.1:{port}/login", verify=trust, trust_env=False)

        assert answer.status_code == 200
        assert answer.headers["strict-transport-security"]  # the name is one of the Internet's
        assert "secure" in answer.headers["set-cookie"].lower()
        assert running.stop() == 0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"TLS_KEY": ""}, "TLS_CERT and TLS_KEY are needed both, or neither."),
        ({"TLS_CERT": "/nowhere.pem"}, "TLS_CERT (/nowhere.pem) cannot be read"),
        ({"TLS_CERT": __file__}, "holds no certificate in PEM form"),
        ({"TLS_CERT": str(TLS)}, "is not the key of TLS_CERT"),
    ],
)
def test_a_pair_that_cannot_be_used_stops_the_start(
    tmp_path: Path, pair: dict[str, str], wrong: dict[str, str], told: str
) -> None:
    with closing(up(tmp_path, **{**pair, **wrong})) as running:
        running.start()
        assert running.process
        assert running.process.wait(30) == 1

        assert told in running.whole()
        assert "Heard does not start" in running.whole()


def test_one_that_has_ended_is_served_with_a_warning(tmp_path: Path) -> None:
    with closing(up(tmp_path, TLS_CERT=str(TLS), TLS_KEY=str(TLS))) as running:
        running.start()
        running.wait(lambda: "Ctrl-C" in running.whole())

        assert "browsers refuse it. Renew it." in running.whole()


def test_lan_and_a_certificate_of_ones_own_exclude_each_other(
    tmp_path: Path, pair: dict[str, str]
) -> None:
    running = up(tmp_path, **pair)
    running.words = ("server", "up", "--lan")
    with closing(running):
        running.start()
        assert running.process
        assert running.process.wait(30) == 1

    assert "--lan makes a certificate, but TLS_CERT names one" in running.whole()
