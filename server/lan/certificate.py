"""The server's certificate: for every name and address it has now, renewed before it matters."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server import certificates
from server.lan import addresses, files
from server.lan.authority import EARLIER, Authority

LIFE: Final = timedelta(days=397)  # more, and iOS does not take it
RENEWED_BEFORE: Final = timedelta(days=30)


def kept(place: Path, authority: Authority, now: datetime) -> Path:
    """The certificate's file; its key lies beside it. Another one is made where it has to be."""
    file = place / "server.pem"
    found = files.read(file)
    wanted = [*filter(authority.may_name, addresses.names()), *addresses.own()]
    if not (found and serves(found[0], wanted, authority, now)):
        key = ec.generate_private_key(ec.SECP256R1())
        files.keep(file, issue(wanted, authority, key, now), key)
    return file


def serves(
    found: x509.Certificate, wanted: Sequence[str], authority: Authority, now: datetime
) -> bool:
    """Whether it still does: the names, the time, and whoever vouches for it."""
    if certificates.names_of(found) != frozenset(wanted):
        return False
    if not found.not_valid_before_utc <= now < found.not_valid_after_utc - RENEWED_BEFORE:
        return False
    try:
        found.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def issue(
    wanted: Sequence[str], authority: Authority, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.Certificate:
    by = authority.certificate
    begins = max(now - EARLIER, by.not_valid_before_utc)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Heard")]))
        .issuer_name(by.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(min(begins + LIFE, by.not_valid_after_utc))
        .add_extension(x509.SubjectAlternativeName([*map(general, wanted)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(signs_handshakes(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(vouched_by(by), critical=False)
        .sign(authority.key, hashes.SHA256())
    )


def general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def vouched_by(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own.value)


def signs_handshakes() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
