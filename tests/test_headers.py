"""Headers on every answer, and what the content security policy lets a page do."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from server.headers import Headers
from server.settings import Settings


def client(*, secure: bool = False, hsts: bool = False) -> TestClient:
    site = Starlette(routes=[Route("/", lambda _: PlainTextResponse("hello"))])
    return TestClient(Headers(site, secure, "sha256-map", hsts), base_url="http://bar.example:8000")


def policy(host: str) -> str:
    answer = client().get("/", headers={"Host": host})
    return str(answer.headers["content-security-policy"])


def test_every_answer_carries_them() -> None:
    headers = client().get("/nowhere").headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in headers


def test_https_is_remembered_by_browsers_where_the_name_is_known_everywhere() -> None:
    assert "strict-transport-security" in client(secure=True, hsts=True).get("/").headers
    assert "strict-transport-security" not in client(secure=True).get("/").headers


@pytest.mark.parametrize(
    ("url", "everywhere"),
    [
        ("https://orders.example.org", True),
        ("https://orders.example.org:8443", True),
        ("https://192.168.1.5:8443", False),
        ("https://[fd00::2]:8443", False),
        ("https://till:8443", False),
        ("https://till.local:8443", False),
        ("https://till.local.:8443", False),
        ("https://localhost", False),
        ("https://heard.venue.internal", False),
    ],
)
def test_a_name_of_one_network_is_not_remembered(url: str, everywhere: bool) -> None:
    assert Settings(public_url=url).known_everywhere is everywhere


def test_scripts_come_from_us_or_are_the_import_map() -> None:
    assert "script-src 'self' 'sha256-map';" in policy("bar.example:8000")
    assert "unsafe" not in policy("bar.example:8000")


def test_the_socket_of_this_host_may_be_opened() -> None:
    assert "connect-src 'self' ws://bar.example:8000;" in policy("bar.example:8000")


@pytest.mark.parametrize("host", ["a; script-src *", "a b", "a'b", "a,b"])
def test_a_strange_host_adds_nothing(host: str) -> None:
    assert "connect-src 'self' ;" in policy(host)
