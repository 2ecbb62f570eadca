"""Files of var/lan: keys are ours alone from their first byte, and none is ever half written."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from server.console import CannotStart

OURS_ALONE: Final = 0o600
FOR_ALL: Final = 0o644


def folder(var: Path) -> Path:
    """Where certificates and keys are kept."""
    place = var / "lan"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"{place} cannot be made: {error.strerror}.") from None
    return place


def write(path: Path, content: bytes, mode: int) -> None:
    """The whole of it, or what was there before."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def keep(certificate: Path, made: x509.Certificate, key: EllipticCurvePrivateKey) -> None:
    """The key first: a certificate without one would be of no use."""
    spoken = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write(certificate.with_suffix(".key"), spoken, OURS_ALONE)
    write(certificate, made.public_bytes(serialization.Encoding.PEM), FOR_ALL)


def read(certificate: Path) -> tuple[x509.Certificate, EllipticCurvePrivateKey] | None:
    """A certificate and its key; None where either is not there, or they are not a pair."""
    key_file = certificate.with_suffix(".key")
    if not (certificate.exists() and key_file.exists()):
        return None
    try:
        key_file.chmod(OURS_ALONE)
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise CannotStart(
            f"{certificate} and its key cannot be used: {error}. Put them back from a backup, or "
            f"delete {certificate.parent}: then every tablet has to be set up anew."
        ) from None
    if not isinstance(key, EllipticCurvePrivateKey) or found.public_key() != key.public_key():
        return None
    return found, key


def moment() -> datetime:
    """Now, as certificates tell it: without fractions of a second."""
    return datetime.now(UTC).replace(microsecond=0)
