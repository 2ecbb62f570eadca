"""The mail server's address, and how the password travels."""

import ssl
from pathlib import Path
from typing import Any, Final

import pytest
from aiosmtpd.smtp import AuthResult

from server.messaging import senders
from server.messaging.senders import Line, NotTaken, Server
from tests.messaging.test_senders import letter
from tests.postbox import inbox

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

PEM: Final = Path(__file__).parent / "tls" / "localhost.pem"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mx.example", Server("mx.example", 25, tls=False)),
        ("smtp://mx.example:2525", Server("mx.example", 2525, tls=False)),
        ("smtp://ana:p%40ss@mx.example", Server("mx.example", 587, False, "ana", "p@ss")),
        ("smtps://ana:p@mx.example", Server("mx.example", 465, True, "ana", "p")),
        (
            "smtp://a%40b.example:p@mx.example:587",
            Server("mx.example", 587, False, "a@b.example", "p"),
        ),
    ],
)
def test_the_mail_server_is_named_by_a_url(url: str, server: Server) -> None:
    assert Server.at(url) == server


@pytest.mark.parametrize("url", ["mx.example:25", "http://mx.example", "smtp://"])
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        Server.at(url)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Server.at("smtp://ana:secret@mx.example"))


def known(_server: Any, _session: Any, _envelope: Any, _how: str, data: Any) -> AuthResult:
    """Ana, with her password."""
    right = (data.login, data.password) == (b"ana", b"secret")
    return AuthResult(success=right, handled=False)


def signing_in(require_tls: bool = True) -> dict[str, Any]:
    return {"authenticator": known, "auth_require_tls": require_tls, "auth_required": True}


def context() -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(PEM)
    return found


async def test_tls_is_used_where_it_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))

    async with inbox(tls_context=context(), **signing_in()) as kept:
        line = Line(Server("localhost", kept.port, False, "ana", "secret"))
        await line.prepare(letter())
        await line.hand_over()
        await line.close()

    assert kept.sessions[0].ssl


async def test_tls_from_the_first_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))

    async with inbox(tls=context()) as kept:
        line = Line(Server("localhost", kept.port, tls=True))
        await line.prepare(letter())
        await line.hand_over()
        await line.close()

    assert len(kept.mails) == 1


async def test_a_server_that_cannot_prove_its_name_gets_nothing() -> None:
    async with inbox(tls_context=context(), **signing_in()) as kept:
        line = Line(Server("localhost", kept.port, False, "ana", "secret"))
        with pytest.raises(NotTaken) as no:
            await line.prepare(letter())

    assert "certificate" in no.value.reason
    assert not no.value.for_good


async def test_a_wrong_password_is_no_fault_of_the_mail() -> None:
    async with inbox(**signing_in(require_tls=False)) as kept:
        line = Line(Server("127.0.0.1", kept.port, False, "ana", "wrong"))
        with pytest.raises(NotTaken) as no:
            await line.prepare(letter())

    assert "535" in no.value.reason
    assert not no.value.for_good


async def test_a_password_does_not_leave_the_house_unencrypted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(senders, "LOOPBACK", frozenset())

    async with inbox(**signing_in(require_tls=False)) as kept:
        line = Line(Server("127.0.0.1", kept.port, False, "ana", "secret"))
        with pytest.raises(NotTaken) as no:
            await line.prepare(letter())

    assert "TLS" in no.value.reason
