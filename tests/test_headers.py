"""Headers on every answer, and what the content security policy lets a page do."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from server.headers import Headers


def client(*, secure: bool = False) -> TestClient:
    site = Starlette(routes=[Route("/", lambda _: PlainTextResponse("hello"))])
    return TestClient(Headers(site, secure, "sha256-map"), base_url="http://bar.example:8000")


def policy(host: str) -> str:
    answer = client().get("/", headers={"Host": host})
    return str(answer.headers["content-security-policy"])


def test_every_answer_carries_them() -> None:
    headers = client().get("/nowhere").headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "strict-transport-security" not in headers


def test_https_is_remembered_by_browsers() -> None:
    assert "strict-transport-security" in client(secure=True).get("/").headers


def test_scripts_come_from_us_or_are_the_import_map() -> None:
    assert "script-src 'self' 'sha256-map';" in policy("bar.example:8000")
    assert "unsafe" not in policy("bar.example:8000")


def test_the_socket_of_this_host_may_be_opened() -> None:
    assert "connect-src 'self' ws://bar.example:8000;" in policy("bar.example:8000")


@pytest.mark.parametrize("host", ["a; script-src *", "a b", "a'b", "a,b"])
def test_a_strange_host_adds_nothing(host: str) -> None:
    assert "connect-src 'self' ;" in policy(host)
