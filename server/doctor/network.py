"""`up --lan`: whether tablets still find this machine, and believe it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from server import certificates
from server.doctor.findings import Finding, ok, wrong
from server.lan import addresses
from server.settings import Settings

ABOUT: Final = "network"


def network(chosen: Settings) -> Iterator[Finding]:
    """Nothing to say where the certificate is not ours."""
    if chosen.tls_cert == str(chosen.var_dir / "lan" / "server.pem"):
        yield known(chosen)


def known(chosen: Settings) -> Finding:
    """Addresses change, as networks give them out."""
    host = urlsplit(chosen.url).hostname or ""
    here = addresses.reachable()
    served = certificates.names(chosen.tls_cert)
    if host not in (*addresses.own(), *addresses.names()) or here not in served:
        return wrong(
            ABOUT,
            f"this machine is {here} now, but tablets know it as {host}: start `up --lan` again, "
            "and open its new address on them. They need no new certificate authority.",
        )
    return ok(ABOUT, f"tablets find this machine at {host}, and its certificate says so")
