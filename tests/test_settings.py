"""Settings come from the environment."""

from pathlib import Path

import pytest

from server.settings import Settings, settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    settings.cache_clear()


def test_nothing_has_to_be_set() -> None:
    bare = Settings()

    assert bare.bundled
    assert bare.database == f"sqlite:///{bare.var_dir / 'heard.db'}"
    assert bare.url == "http://127.0.0.1:8000"
    assert not bare.secure


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("PORT", "9000")

    assert Settings().database == f"sqlite:///{tmp_path / 'heard.db'}"
    assert Settings().url == "http://127.0.0.1:9000"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_both_spellings_of_postgresql_are_one(scheme: str) -> None:
    elsewhere = Settings(database_url=f"{scheme}://db.example/heard")

    assert elsewhere.database == "postgresql://db.example/heard"
    assert not elsewhere.bundled


def test_a_public_url_loses_its_last_slash_and_may_be_secure() -> None:
    public = Settings(public_url="https://orders.example/")

    assert public.url == "https://orders.example"
    assert public.secure


def test_a_certificate_alone_makes_the_address_secure() -> None:
    assert Settings(tls_cert="cert.pem", tls_key="key.pem").url == "https://127.0.0.1:8000"


def test_settings_are_read_once() -> None:
    assert settings() is settings()


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())
