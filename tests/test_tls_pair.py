"""TLS_CERT and TLS_KEY: each way in which they cannot be used is one sentence."""

import datetime
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.certificates import checked, names
from server.console import CannotStart
from server.lan import authority, certificate, files
from tests.doctor.patients import TLS, VALID

KEY: Final = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    place = files.folder(tmp_path)
    now = files.moment()
    file = certificate.kept(place, authority.kept(place, now), now)
    return str(file), str(file.with_suffix(".key"))


def locked(path: Path) -> str:
    spoken = KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    path.write_bytes(spoken)
    return str(path)


def refusal(certificate: str, key: str) -> str:
    with pytest.raises(CannotStart) as refused:
        checked(certificate, key)
    return str(refused.value)


def test_without_either_there_is_nothing_to_check() -> None:
    assert checked("", "") is None


def test_a_pair_tells_its_names_and_its_time(pair: tuple[str, str]) -> None:
    found = checked(*pair)

    assert found
    assert "localhost" in found.names
    assert found.names == names(pair[0])
    assert found.complaint(files.moment()) is None


def test_what_cannot_be_used_is_said_in_a_sentence(pair: tuple[str, str], tmp_path: Path) -> None:
    made, key = pair

    assert (
        refusal(made, "") == refusal("", key) == "TLS_CERT and TLS_KEY are needed both, or neither."
    )
    assert refusal("/nowhere.pem", key) == (
        "TLS_CERT (/nowhere.pem) cannot be read: No such file or directory."
    )
    assert refusal(made, "/nowhere.key") == (
        "TLS_KEY (/nowhere.key) cannot be read: No such file or directory."
    )
    assert "holds no certificate in PEM form" in refusal(key, key)
    assert "holds no private key in PEM form" in refusal(made, made)
    assert "is locked by a password" in refusal(made, locked(tmp_path / "locked.key"))
    assert f"TLS_KEY ({VALID}) is not the key of TLS_CERT ({made})." == refusal(made, str(VALID))


@pytest.mark.parametrize(
    ("days", "told"),
    [(0, None), (360, None), (370, "TLS_CERT ends on"), (397, "browsers refuse it"),
     (-3, "is this machine's clock right?")],
)  # fmt: skip
def test_time_is_told_before_it_runs_out(
    pair: tuple[str, str], days: int, told: str | None
) -> None:
    found = checked(*pair)
    assert found

    said = found.complaint(files.moment() + timedelta(days=days))

    assert told in said if told and said else said is told


def test_one_that_ended_is_still_a_pair() -> None:
    found = checked(str(TLS), str(TLS))

    assert found
    assert "Renew it" in (found.complaint(datetime.datetime.now(datetime.UTC)) or "")
