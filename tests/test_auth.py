"""Who is asking: cookies, keys, and pages that are not ours."""

from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.requests import Request

from server import auth
from server.errors import Forbidden, SignedOut
from server.lan import authority, certificate, files
from server.people import keys, sessions
from server.people.actors import Right
from server.perform import Read
from server.recognition import REMEMBERED, REMEMBERED_SECONDS, Credential, Recognition
from server.settings import Settings
from server.state import State
from tests.cast import Cast, address
from tests.hands import Do

OURS = {"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}


@pytest.fixture
def backend() -> str:
    """Nothing here depends on the kind of database."""
    return "sqlite"


class Door:
    """Requests as they come in, with whatever headers."""

    def __init__(self, recognise: Recognition, settings: Settings) -> None:
        self.state = {"recognise": recognise, "settings": settings}

    def require(self, headers: dict[str, str], method: str = "POST", **more: Any) -> Any:
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        scope = {"type": "http", "method": method, "path": "/", "headers": encoded}
        request: Request[State] = Request(scope | {"state": self.state})
        return anyio.run(lambda: auth.require(request, **more))


@pytest.fixture
def door(do: Do) -> Door:
    return Door(Recognition(Read(do.perform.database)), Settings(public_url="", port=8000))


@pytest.fixture
def signed_in(do: Do) -> dict[str, str]:
    """The headers of a page of ours that Ben has open."""
    opened = do(sessions.sign_in, address("Ben"), device="Firefox")
    return {"cookie": f"sid={opened.token}", "x-csrf-token": opened.actor.csrf or "", **OURS}


def test_a_key_is_shown_as_a_bearer_token(door: Door, cast: Cast) -> None:
    for scheme in ("Bearer", "bearer"):
        assert door.require({"authorization": f"{scheme} {cast.shop_token}"}) == cast.shop


def test_a_page_of_ours_is_signed_in_by_its_cookie(
    door: Door, signed_in: dict[str, str], cast: Cast
) -> None:
    assert door.require(signed_in).key == cast.ben.key


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer heard_nonsense"},
        {"authorization": "Basic YW5hOmFuYQ=="},
        {"cookie": "sid=nonsense"},
        {"cookie": "__Host-sid=nonsense"},
        {"cookie": "\xff"},
        {"authorization": "Bearer \xff"},
    ],
)
def test_nobody_gets_in_without_proof(door: Door, headers: dict[str, str]) -> None:
    with pytest.raises(SignedOut):
        door.require(headers, "GET")


def test_a_wrong_key_is_not_saved_by_a_right_cookie(door: Door, signed_in: dict[str, str]) -> None:
    with pytest.raises(SignedOut):
        door.require(signed_in | {"authorization": "Bearer heard_nonsense"})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"x-csrf-token": ""}, "X-CSRF-Token"),
        ({"x-csrf-token": "of somebody else"}, "X-CSRF-Token"),
        ({"x-csrf-token": "\xe9"}, "X-CSRF-Token"),
        ({"origin": "https://evil.example"}, "Origin"),
        ({"origin": "null"}, "Origin"),
        ({"origin": "http://127.0.0.1:9000"}, "Origin"),
        ({"origin": "https://127.0.0.1:8000"}, "Origin"),
        ({"sec-fetch-site": "cross-site"}, "Sec-Fetch-Site"),
        ({"sec-fetch-site": "same-site"}, "Sec-Fetch-Site"),
    ],
)
def test_a_page_that_is_not_ours_changes_nothing(
    door: Door, signed_in: dict[str, str], wrong: dict[str, str], field: str
) -> None:
    with pytest.raises(Forbidden) as refused:
        door.require(signed_in | wrong)

    assert refused.value.field == field


def test_looking_takes_no_token(door: Door, signed_in: dict[str, str]) -> None:
    assert door.require({"cookie": signed_in["cookie"]}, "GET")


def test_a_machine_needs_no_token(door: Door, cast: Cast) -> None:
    headers = {"authorization": f"Bearer {cast.shop_token}", "origin": "https://elsewhere.example"}

    assert door.require(headers) == cast.shop


def test_a_right_may_be_asked_for(door: Door, signed_in: dict[str, str]) -> None:
    assert door.require(signed_in, right=Right.LOCATIONS_STATUS)


@pytest.mark.parametrize(
    ("settings", "origin", "host", "ours"),
    [
        ({}, "http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ({}, "http://localhost:8000", "localhost:8000", True),
        ({}, "http://[::1]:8000", "[::1]:8000", True),
        ({}, "http://192.168.1.7:8000", "192.168.1.7:8000", True),
        ({}, "http://192.168.1.7:8000", "192.168.1.8:8000", False),
        ({}, "http://evil.example:8000", "evil.example:8000", False),
        ({}, "http://evil.example", None, False),
        ({}, "http://192.168.1.7:8000", "[", False),
        ({"public_url": "https://heard.example"}, "https://heard.example", "x", True),
        ({"public_url": "https://heard.example:443/"}, "https://heard.example", "x", True),
        ({"public_url": "https://heard.example"}, "http://heard.example", "x", False),
        ({"public_url": "https://heard.example"}, "http://127.0.0.1:8000", "127.0.0.1:8000", False),
        ({"public_url": "http://[fd00::1]:8000"}, "http://[fd00::1]:8000", "x", True),
        ({"tls_cert": "c", "tls_key": "k"}, "https://10.0.0.7:8000", "10.0.0.7:8000", True),
    ],
)
def test_our_pages_are_known_by_their_origin(
    settings: dict[str, str], origin: str, host: str | None, ours: bool
) -> None:
    bare: dict[str, Any] = {"public_url": "", "port": 8000, "host": "0.0.0.0"}  # noqa: S104

    assert auth.ours(origin, host, Settings(**bare | settings)) is ours


def test_the_cookie_is_bound_to_us_where_it_can_be() -> None:
    assert auth.cookie_name(Settings(public_url="https://heard.example")) == "__Host-sid"
    assert auth.cookie_name(Settings(public_url="http://10.0.0.7:8000")) == "sid"


async def test_whoever_was_recognised_is_remembered_for_two_seconds(
    do: Do, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("server.recognition.time.monotonic", lambda: clock[0])
    read = Read(do.perform.database)
    recognise = Recognition(read)
    shown = Credential("bearer", cast.shop_token)
    assert await recognise(shown) == cast.shop
    await do.perform(keys.revoke, int(cast.shop.key.removeprefix("key:")))

    clock[0] += REMEMBERED_SECONDS - 0.1
    assert await recognise(shown) == cast.shop
    clock[0] += 0.2
    assert await recognise(shown) is None


async def test_whoever_is_forgotten_is_looked_up_again(do: Do, cast: Cast) -> None:
    recognise = Recognition(Read(do.perform.database))
    shown, other = Credential("bearer", cast.shop_token), Credential("cookie", "nonsense")
    for one in (shown, other):
        await recognise(one)
    await do.perform(keys.revoke, int(cast.shop.key.removeprefix("key:")))

    recognise.forget(shown)
    recognise.forget(shown)
    assert set(recognise.known) == {other}
    assert await recognise(shown) is None
    recognise.forget()
    assert not recognise.known


async def test_strangers_do_not_fill_the_memory(do: Do, cast: Cast) -> None:
    recognise = Recognition(Read(do.perform.database))
    assert await recognise(Credential("bearer", cast.shop_token)) == cast.shop
    strangers = [(Credential("cookie", f"{n}"), (0.0, None)) for n in range(REMEMBERED)]
    recognise.known.update(strangers)

    await recognise(Credential("cookie", "one more"))

    assert len(recognise.known) == REMEMBERED


def test_the_names_of_our_certificate_are_ours_on_one_network_only(tmp_path: Path) -> None:
    place, at = files.folder(tmp_path), files.moment()
    made = str(certificate.kept(place, authority.kept(place, at), at))
    lan = Settings(public_url="https://192.168.1.5:8443", tls_cert=made)
    known = Settings(public_url="https://orders.example.org:8443", tls_cert=made)

    for ours in ("https://192.168.1.5:8443", "https://localhost:8443", "https://127.0.0.1:8443"):
        assert auth.ours(ours, "192.168.1.5:8443", lan)
    for strange in ("https://localhost", "http://localhost:8443", "https://till.evil.local:8443"):
        assert not auth.ours(strange, "192.168.1.5:8443", lan)
    assert not auth.ours("https://localhost:8443", "localhost:8443", known)
