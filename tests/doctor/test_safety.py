"""Settings that let others in, or that do not fit together."""

from pathlib import Path
from typing import Any

import pytest

from server.doctor.checkup import doctor
from server.doctor.safety import settings
from tests.doctor.patients import TLS, VALID, fine, patient, warned, wrong

OUTSIDE = {"public_url": "https://heard.example", "smtp_url": "smtp://mail.example"}


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"host": "localhost"},
        {"host": "::1"},
        OUTSIDE,
        {"tls_cert": str(VALID), "tls_key": str(VALID)},
        {"secret_key": "x" * 32, "metrics_token": "x" * 16},
    ],
)
def test_safe_settings_are_fine(tmp_path: Path, chosen: dict[str, Any]) -> None:
    assert fine(settings(patient(tmp_path, **chosen)))


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"host": "10.0.0.5"}, "http://10.0.0.5:8000 is not HTTPS"),
        ({"public_url": "http://heard.example"}, "passwords travel readable. Set TLS_CERT"),
        ({"forwarded_allow_ips": "10.0.0.1,*"}, "FORWARDED_ALLOW_IPS=* believes everybody"),
        ({**OUTSIDE, "smtp_url": ""}, "only kept at /outbox"),
        ({"metrics_token": "heard"}, "METRICS_TOKEN can be guessed"),
        ({"database_url": "postgresql://db.example/heard"}, "SECRET_KEY is empty"),
    ],
)
def test_unsafe_settings_are_warned_of(tmp_path: Path, chosen: dict[str, Any], told: str) -> None:
    assert told in warned(settings(patient(tmp_path, **chosen)))


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"tls_cert": str(TLS)}, "needed both"),
        ({"tls_cert": "/nowhere", "tls_key": "/nowhere"}, "No such file"),
        ({"tls_cert": __file__, "tls_key": __file__}, "holds no certificate in PEM form"),
        ({"tls_cert": str(VALID), "tls_key": __file__}, "holds no private key in PEM form"),
        ({"tls_cert": str(TLS), "tls_key": str(VALID)}, "is not the key of TLS_CERT"),
        ({"tls_cert": str(TLS), "tls_key": str(TLS)}, "browsers refuse it"),
        ({"secret_key": "changeme"}, "SECRET_KEY can be guessed"),
        ({"smtp_url": "http://mail.example"}, "SMTP_URL is smtp://"),
        ({"mail_from": "nobody"}, "MAIL_FROM is like"),
    ],
)
def test_settings_that_cannot_work_are_wrong(
    tmp_path: Path, chosen: dict[str, Any], told: str
) -> None:
    assert told in wrong(settings(patient(tmp_path, **chosen)))


def test_settings_that_cannot_be_read_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("logging.disable", lambda: None)
    monkeypatch.setenv("PORT", "many")
    monkeypatch.setenv("LOG_LEVEL", "loud")

    assert doctor() == 1

    said = capsys.readouterr().out
    assert "PORT cannot be used: Input should be a valid integer" in said
    assert "LOG_LEVEL cannot be used" in said
    assert "2 things are wrong, none to look at." in said
