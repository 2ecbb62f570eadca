"""The certificate authority of one house: made once, kept ten years, good for nothing but venues.

Its name constraints let it vouch for private addresses, `.local` and this machine's name only. So
a tablet that trusts it still believes nobody's page on the Internet, even if its key were stolen.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.lan import addresses, files

LIFE: Final = timedelta(days=3652)
LAST_DAYS: Final = timedelta(days=30)
EARLIER: Final = timedelta(days=1)  # the clocks of tablets are not ours
FILE: Final = "ca.pem"
EVERYWHERE: Final = ("local", "localhost")


@dataclass(frozen=True, slots=True)
class Authority:
    """Who vouches for our server."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def fingerprint(self) -> str:
        """SHA-256, as devices show it: pairs of digits, for people to compare."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(" ").upper()

    def may_name(self, name: str) -> bool:
        """Whether a certificate of ours may carry that name."""
        return any(name == known or name.endswith(f".{known}") for known in self.permitted)

    @property
    def permitted(self) -> list[str]:
        constraints = self.certificate.extensions.get_extension_for_class(x509.NameConstraints)
        trees = constraints.value.permitted_subtrees or []
        return [tree.value for tree in trees if isinstance(tree, x509.DNSName)]


def kept(place: Path, now: datetime) -> Authority:
    """The one that tablets trust already; a new one where there is none, or it is at its end."""
    file = place / FILE
    found = files.read(file)
    if found and found[0].not_valid_after_utc - LAST_DAYS > now:
        return Authority(*found)
    made = make(now)
    files.keep(file, made.certificate, made.key)
    return made


def make(now: datetime) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = called(now)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(signs_certificates(), critical=True)
        .add_extension(x509.NameConstraints(venues(), None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def called(now: datetime) -> x509.Name:
    """As the list of certificates on a tablet shows it."""
    shown = f"Heard at {addresses.names()[0]}, {now:%Y-%m-%d}"[-64:]
    attributes = ((NameOID.COMMON_NAME, shown), (NameOID.ORGANIZATION_NAME, "Heard"))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in attributes])


def venues() -> list[x509.GeneralName]:
    known = dict.fromkeys([*EVERYWHERE, *addresses.names()])
    return [*map(x509.DNSName, known), *map(x509.IPAddress, addresses.PRIVATE)]


def signs_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
