"""TLS_CERT and TLS_KEY: whether they can be used, whom they name, and how long they last.

Few processes serve TLS themselves: the others are spared the 9 MB of what reads certificates.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from server.console import CannotStart

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

SOON: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What matters of a certificate."""

    names: frozenset[str]
    begins: datetime
    ends: datetime

    def complaint(self, at: datetime) -> str | None:
        """Why browsers refuse it, or soon will."""
        if at < self.begins:
            return f"TLS_CERT begins on {self.begins:%Y-%m-%d}: is this machine's clock right?"
        if at >= self.ends:
            return f"TLS_CERT ended on {self.ends:%Y-%m-%d}: browsers refuse it. Renew it."
        if at >= self.ends - SOON:
            return f"TLS_CERT ends on {self.ends:%Y-%m-%d}: renew it before."
        return None


def checked(certificate: str, key: str) -> Certificate | None:
    """What is served with them; None where neither is set. Raises a sentence where it cannot be."""
    if bool(certificate) != bool(key):
        raise CannotStart("TLS_CERT and TLS_KEY are needed both, or neither.")
    if not certificate:
        return None
    served = first(certificate)
    if private(key).public_key() != served.public_key():
        raise CannotStart(f"TLS_KEY ({key}) is not the key of TLS_CERT ({certificate}).")
    return Certificate(names_of(served), served.not_valid_before_utc, served.not_valid_after_utc)


@lru_cache(maxsize=8)
def names(certificate: str) -> frozenset[str]:
    """The names and addresses of a certificate that is in use, read once."""
    try:
        return names_of(first(certificate))
    except CannotStart:
        return frozenset()


def names_of(certificate: x509.Certificate) -> frozenset[str]:
    """The hosts it is for, as they stand in addresses."""
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    known = [name.lower() for name in found.get_values_for_type(x509.DNSName)]
    return frozenset([*known, *map(str, found.get_values_for_type(x509.IPAddress))])


def first(path: str) -> x509.Certificate:
    """The certificate that a file begins with: whoever vouches for it may follow."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(content("TLS_CERT", path))[0]
    except ValueError:
        raise CannotStart(f"TLS_CERT ({path}) holds no certificate in PEM form.") from None


def private(path: str) -> PrivateKeyTypes:
    from cryptography.hazmat.primitives import serialization

    try:
        return serialization.load_pem_private_key(content("TLS_KEY", path), None)
    except TypeError:
        raise CannotStart(
            f"TLS_KEY ({path}) is locked by a password, and nobody is there to type it: "
            f"openssl pkey -in {path} -out unlocked.pem"
        ) from None
    except ValueError:
        raise CannotStart(f"TLS_KEY ({path}) holds no private key in PEM form.") from None


def content(variable: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CannotStart(f"{variable} ({path}) cannot be read: {error.strerror}.") from None


def trust(certificate: str) -> ssl.SSLContext | bool:
    """For clients on this machine: the very certificate we serve is believed, while it is valid."""
    if not (certificate and Path(certificate).is_file()):
        return True
    trusted = ssl.create_default_context(cafile=certificate)
    trusted.check_hostname = False
    trusted.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return trusted
