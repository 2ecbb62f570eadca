"""Tablets know a machine by its address, and networks give them out anew."""

from pathlib import Path

import pytest

from server import certificates
from server.doctor.network import network
from server.lan import addresses, authority, certificate, files
from server.settings import Settings
from tests.doctor.patients import VALID, fine, patient, wrong


@pytest.fixture
def venue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """`up --lan` as it runs at 192.168.7.5."""
    moved(monkeypatch, "192.168.7.5")
    place = files.folder(tmp_path)
    now = files.moment()
    file = certificate.kept(place, authority.kept(place, now), now)
    certificates.names.cache_clear()
    url = "https://192.168.7.5:8443"
    return patient(
        tmp_path, tls_cert=str(file), tls_key=str(file.with_suffix(".key")), public_url=url
    )


def moved(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(addresses, "own", lambda: ["127.0.0.1", "::1", address])
    monkeypatch.setattr(addresses, "reachable", lambda: address)


def test_it_is_where_tablets_look_for_it(venue: Settings) -> None:
    found = list(network(venue))

    assert len(found) == 1
    assert fine(found)


def test_another_address_is_told(venue: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    moved(monkeypatch, "192.168.7.99")

    told = wrong(network(venue))

    assert "this machine is 192.168.7.99 now, but tablets know it as 192.168.7.5" in told
    assert "start `up --lan` again" in told


def test_other_certificates_are_not_its_business(tmp_path: Path) -> None:
    assert list(network(patient(tmp_path))) == []
    assert list(network(patient(tmp_path, tls_cert=str(VALID), tls_key=str(VALID)))) == []
