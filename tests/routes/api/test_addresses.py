"""Addresses and methods: those that are known, and problems for all others."""

import re

import pytest
from starlette.testclient import TestClient

from server.routes import api
from tests.callers import Caller
from tests.cast import Cast

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")


@pytest.mark.parametrize("path", sorted({line.path for line in api.table}))
def test_other_methods_are_refused_with_those_that_are_known(shop: Caller, path: str) -> None:
    known = {line.method for line in api.table if line.path == path}
    known |= {"HEAD"} if "GET" in known else set()

    for method in set(METHODS) - known:
        answer = shop.client.request(
            method, "/api/v1" + re.sub(r"\{\w+\}", "1", path), headers=shop.headers
        )

        assert answer.status_code == 405
        assert answer.headers["allow"] == ", ".join(sorted(known))
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/order",
        "/orders/",
        "/orders/K724/",
        "/orders/K724/eat",
        "/orders//ready",
        "/%00",
        "/locations/1/board/2",
        "/openapi.jso",
        "/orders/%2e%2e/orders",
        "/é",
    ],
)
def test_unknown_addresses_are_problems_too(shop: Caller, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = shop.client.request(method, "/api/v1" + path, follow_redirects=False)

        assert answer.status_code == 404
        assert answer.json()["type"] == "/problems/not-found"
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("described", ["openapi", "asyncapi"])
def test_anybody_may_read_the_descriptions(client: TestClient, described: str) -> None:
    answer = client.get(f"/api/v1/{described}.json")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == (api.spec() if described == "openapi" else api.live_spec())


def test_head_answers_like_get(shop: Caller, cast: Cast) -> None:
    answer = shop("HEAD", f"/locations/{cast.bar}/board")

    assert (answer.status_code, "etag" in answer.headers) == (200, True)


def test_answers_are_never_kept_without_asking(shop: Caller, cast: Cast) -> None:
    shop.place(cast.bar)

    assert shop.get("/orders").headers["cache-control"] == "private, no-cache"
