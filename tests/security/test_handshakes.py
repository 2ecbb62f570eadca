"""S4: forty ways to open a socket from a strange page, or without a sign-in that still counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.db import Database
from server.people import sessions
from server.realtime.protocol import SUBPROTOCOL
from tests.browser.serving import prepared
from tests.cast import Cast, address
from tests.flow.programs import Web

PATIENCE: Final = 10.0
STRANGE: Final = (
    None, "", "null", "http://evil.example", "http://127.0.0.1.evil.example:{port}",
    "https://127.0.0.1:{port}", "http://127.0.0.1", "http://127.0.0.1:1{port}",
    "http://127.0.0.1:{port}.evil.example", "http://127.0.0.1:{port}/", "http://ana@127.0.0.1:{port}",
    "http://localhost:{port}", "http://[::1]:{port}", "http://127.1:{port}", "ws://127.0.0.1:{port}",
    "file://", "http://127.0.0.1:{port} http://evil.example", "HTTP://127.0.0.1:{port}",
)  # fmt: skip


@dataclass
class Served:
    """A running server, and the secrets of its people."""

    web: Web
    cast: Cast
    cookie: str
    old: str
    log: Path

    @property
    def ours(self) -> str:
        return self.web.url


@pytest.fixture(scope="module", params=["lean", "stock"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    var = tmp_path_factory.mktemp("handshakes")
    _, cast, _ = prepared(var, "")
    log = var / "web.log"
    own = {"VAR_DIR": str(var), "LIVE_PATH": request.param, "LOG_LEVEL": "debug"}
    with closing(Web(("server", "web"), own, log)) as web:
        web.environment["PUBLIC_URL"] = web.url
        cookie, old = opened(var)
        web.start()
        web.wait_until_ready()
        yield Served(web, cast, cookie, old, log)


def opened(var: Path) -> tuple[str, str]:
    """A session that counts, and one that has ended."""
    with closing(Database(f"sqlite:///{var / 'heard.db'}")) as database:
        one, other = [
            database.write_now(lambda s: sessions.sign_in(s, address("Ana"), device="Firefox"))
            for _ in "ab"
        ]
        database.write_now(lambda s: sessions.sign_out(s, other.actor.sign_in or 0))
    return one.token, other.token


async def told(served: Served, headers: Mapping[str, str], path: str = "/live", *also: str) -> Any:
    """The first answer to a subscription; or the status or code with which the socket ends."""
    url = f"ws://127.0.0.1:{served.web.port}{path}"
    protocols: Any = [SUBPROTOCOL, *also]
    try:
        async with connect(
            url, additional_headers=dict(headers), subprotocols=protocols, proxy=None
        ) as socket:
            await socket.send(json.dumps({"subscribe": f"location:{served.cast.bar}"}))
            async with asyncio.timeout(PATIENCE):
                return json.loads(await socket.recv())
    except InvalidStatus as refused:
        return refused.response.status_code
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


async def test_a_page_of_ours_opens_a_socket(served: Served) -> None:
    answer = await told(served, {"Origin": served.ours, "Cookie": f"sid={served.cookie}"})

    assert answer["subscribed"] == f"location:{served.cast.bar}"


@pytest.mark.parametrize("origin", STRANGE)
async def test_a_strange_page_opens_none(served: Served, origin: str | None) -> None:
    named = {} if origin is None else {"Origin": origin.format(port=served.web.port)}

    assert await told(served, {**named, "Cookie": f"sid={served.cookie}"}) == 403


async def test_only_a_sign_in_that_counts_hears_anything(served: Served) -> None:
    ours, cast = {"Origin": served.ours}, served.cast
    assert await told(served, ours) == 4500
    for value in (
        f"sid={served.old}",
        f"__Host-sid={served.cookie}",
        f"sid={served.cookie}x",
        "sid=",
    ):
        assert await told(served, {**ours, "Cookie": value}) == 4500
    for name in ("token", "access_token", "key", "sid"):
        for secret in (served.cookie, cast.shop_token):
            assert await told(served, ours, f"/live?{name}={secret}") == 4500
    for word in (cast.shop_token, f"bearer.{cast.shop_token}"):
        assert await told(served, ours, "/live", word) == 4500


def test_no_secret_is_in_the_log(served: Served) -> None:
    said = served.log.read_text()

    assert "Uvicorn" in said or "uvicorn" in said  # it is the right file
    for secret in (served.cookie, served.old, served.cast.shop_token):
        assert secret not in said
