"""Handshakes of TLS between two ends in memory: what a client says of a server's certificate."""

import ssl
from pathlib import Path


def shaken(server: Path, trusted: Path, name: str) -> str:
    """Why a client that trusts this authority refuses the server; nothing if it does not."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(server, server.with_suffix(".key"))
    near = ssl.create_default_context(cafile=str(trusted))
    client = near.wrap_bio(to_client, to_server, server_hostname=name)
    far = serving.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for end in (client, far):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return ""
