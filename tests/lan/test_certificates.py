"""The authority and the certificate of `up --lan`: what they say, and who believes them."""

import datetime
import os
import stat
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from server import certificates
from server.console import CannotStart
from server.lan import addresses, authority, certificate, files
from server.lan.authority import Authority
from tests.lan.network import shaken

NOW: Final = files.moment()
YEAR: Final = timedelta(days=365)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return files.folder(tmp_path)


@pytest.fixture
def known(place: Path) -> Authority:
    return authority.kept(place, NOW)


def served(place: Path, known: Authority, at: datetime.datetime = NOW) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificate.kept(place, known, at).read_bytes())


def test_the_authority_lasts_ten_years_and_signs_only_servers(known: Authority) -> None:
    made = known.certificate
    constraints = made.extensions.get_extension_for_class(x509.BasicConstraints)

    assert made.not_valid_after_utc - NOW >= 10 * YEAR
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    assert isinstance(known.key.curve, ec.SECP256R1)
    assert len(known.fingerprint.split()) == 32


def test_keys_are_ours_alone(place: Path, known: Authority) -> None:
    certificate.kept(place, known, NOW)
    before = os.umask(0)
    try:
        files.write(place / "open.key", b"secret", files.OURS_ALONE)
    finally:
        os.umask(before)

    keys = sorted(place.glob("*.key"))
    assert [key.name for key in keys] == ["ca.key", "open.key", "server.key"]
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_key_left_open_is_closed(place: Path, known: Authority) -> None:
    (place / "ca.key").chmod(0o644)

    assert authority.kept(place, NOW).fingerprint == known.fingerprint
    assert stat.S_IMODE((place / "ca.key").stat().st_mode) == 0o600


def test_the_certificate_is_one_that_tablets_take(place: Path, known: Authority) -> None:
    made = served(place, known)
    purpose = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value

    assert made.not_valid_after_utc - made.not_valid_before_utc <= timedelta(days=397)
    assert made.not_valid_before_utc <= NOW - timedelta(hours=23)
    assert list(purpose) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    key = made.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)


def test_it_names_every_private_address_and_name(place: Path, known: Authority) -> None:
    names = certificates.names_of(served(place, known))

    assert names == {*addresses.own(), *addresses.names()}
    assert {"localhost", "127.0.0.1", "::1", addresses.reachable()} <= names


def test_the_same_one_is_served_again(place: Path, known: Authority) -> None:
    first = served(place, known)

    assert served(place, authority.kept(place, NOW + YEAR / 2), NOW + YEAR / 2) == first


@pytest.mark.parametrize("days", [367, 500])
def test_it_is_renewed_thirty_days_before_its_end(place: Path, known: Authority, days: int) -> None:
    first = served(place, known)

    later = NOW + timedelta(days=days)
    renewed = served(place, authority.kept(place, later), later)

    assert renewed != first
    assert renewed.not_valid_before_utc <= later
    assert renewed.issuer == known.certificate.subject


def test_it_is_renewed_when_the_addresses_change(
    place: Path, known: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = served(place, known)
    monkeypatch.setattr(addresses, "own", lambda: ["127.0.0.1", "192.168.7.9"])

    renewed = served(place, known)

    assert renewed != first
    assert "192.168.7.9" in certificates.names_of(renewed)


def test_another_name_of_the_machine_keeps_the_authority(
    place: Path, known: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "till-9.example.org")

    names = certificates.names_of(served(place, known))

    assert {"till-9.local", "localhost"} <= names
    assert "till-9.example.org" not in names  # tablets would not believe it
    assert authority.kept(place, NOW).fingerprint == known.fingerprint


def test_an_authority_at_its_end_is_replaced(place: Path, known: Authority) -> None:
    later = known.certificate.not_valid_after_utc - timedelta(days=29)

    assert authority.kept(place, later).fingerprint != known.fingerprint


def test_a_certificate_never_outlives_its_authority(place: Path, known: Authority) -> None:
    end = known.certificate.not_valid_after_utc
    made = served(place, known, end - timedelta(days=60))

    assert made.not_valid_after_utc == end


def test_one_of_another_authority_is_replaced(place: Path, known: Authority) -> None:
    first = served(place, known)

    other = authority.make(NOW)

    assert served(place, other) != first


@pytest.mark.parametrize("file", ["ca.pem", "ca.key"])
def test_a_broken_file_is_told_and_nothing_is_made_anew(
    place: Path, known: Authority, file: str
) -> None:
    (place / file).write_text("broken")

    with pytest.raises(CannotStart, match="every tablet has to be set up anew"):
        authority.kept(place, NOW)
    assert (place / file).read_text() == "broken"


def test_clients_that_trust_the_authority_believe_the_server(place: Path, known: Authority) -> None:
    file = certificate.kept(place, known, NOW)
    for name in certificates.names(str(file)):
        assert shaken(file, place / "ca.pem", name) == ""


def test_nobody_else_is_believed(place: Path, known: Authority, tmp_path: Path) -> None:
    file = certificate.kept(place, known, NOW)
    stranger = files.folder(tmp_path / "stranger")
    authority.kept(stranger, NOW)

    assert shaken(file, stranger / "ca.pem", "localhost") != ""
    assert "mismatch" in shaken(file, place / "ca.pem", "heard.example.org")


@pytest.mark.parametrize("name", ["bank.example.com", "8.8.8.8", "2001:4860:4860::8888"])
def test_a_stolen_authority_speaks_for_nobody_on_the_internet(
    place: Path, known: Authority, name: str
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    file = place / "server.pem"
    files.keep(file, certificate.issue([name], known, key, NOW), key)

    assert "permitted subtree violation" in shaken(file, place / "ca.pem", name)


def test_addresses_of_one_network_only_are_private() -> None:
    private = ["10.1.2.3", "172.31.0.1", "192.168.0.9", "fd12::1", "100.64.0.1", "127.0.0.1"]
    public = ["8.8.8.8", "172.32.0.1", "192.169.0.1", "2001:db8::1", "11.0.0.1"]

    assert all(map(addresses.private, private))
    assert not any(map(addresses.private, public))


def test_addresses_are_read_wherever_the_system_lists_them() -> None:
    routes = """Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     |-- 192.168.1.5
        /32 host LOCAL
     |-- 192.168.1.255
        /32 link BROADCAST
"""
    ifconfig = """en0: flags=8863<UP,BROADCAST> mtu 1500
\tinet6 fe80::1c:2%en0 prefixlen 64 secured scopeid 0x4
\tinet6 fd00::7 prefixlen 64 autoconf secured
\tinet 192.168.1.6 netmask 0xffffff00 broadcast 192.168.1.255
"""

    assert addresses.of_routes(routes) == {"192.168.1.5"}
    assert addresses.of_ifconfig(ifconfig) == {"192.168.1.6", "fd00::7"}
    assert "127.0.0.1" in addresses.own()
    assert all(ip_address(address) for address in addresses.own())
