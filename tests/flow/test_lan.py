"""`up --lan` as it is: TLS that a tablet believes, a socket over it, and the set-up page."""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import async_playwright
from websockets.asyncio.client import connect

from server.browser import chromium
from server.lan import addresses
from server.realtime.protocol import SUBPROTOCOL
from tests.callers import order
from tests.flow.lan import MANAGER, Lan, lan
from tests.flow.person import hidden
from tests.lan.network import shaken

PATIENCE: Final = 20.0


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lan]:
    with lan(tmp_path_factory.mktemp("lan") / "var") as running:
        yield running


@contextmanager
def signed_in(up: Lan) -> Iterator[httpx2.Client]:
    """A browser of the demo's manager, which trusts the authority and nobody else."""
    own = {"Origin": up.url}
    with httpx2.Client(base_url=up.url, verify=up.trust(), headers=own, trust_env=False) as browser:
        page = browser.get("/login")
        login = {"email": MANAGER, "password": up.password}
        form = {**login, "csrf": hidden(page), "next": "/board"}
        assert browser.post("/login", data=form).status_code == 303
        yield browser


def test_it_says_where_tablets_begin(up: Lan) -> None:
    said = up.program.whole()

    assert f"Heard is up: https://{addresses.reachable()}:" in said
    assert f"To set a tablet up, open {up.setup} on it" in said
    assert "▄" in said
    assert up.fingerprint in re.sub(r"\s+", " ", said)


def test_tablets_that_trust_the_authority_believe_every_name(up: Lan) -> None:
    for name in [*addresses.names(), *addresses.own()]:
        assert shaken(up.certificate, up.authority, name) == ""
    with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx2.get(f"{up.url}/healthz", trust_env=False)
    assert httpx2.get(f"{up.url}/healthz", verify=up.trust(), trust_env=False).text == "ok\n"


def test_cookies_stay_on_tls_and_nobody_is_locked_out(up: Lan) -> None:
    with signed_in(up) as browser:
        cookies = [cookie for cookie in browser.cookies.jar if cookie.name == "__Host-sid"]
        board = browser.get("/board", follow_redirects=True)

    assert [cookie.secure for cookie in cookies] == [True]
    assert board.status_code == 200
    assert "strict-transport-security" not in board.headers
    assert "came without encryption" not in board.text


@pytest.mark.parametrize("live_path", ["the address", "localhost"])
async def test_a_board_is_live_over_tls(up: Lan, live_path: str) -> None:
    host = up.url if live_path == "the address" else f"https://localhost:{up.port}"
    with signed_in(up) as browser:
        cookie = f"__Host-sid={browser.cookies['__Host-sid']}"
    key = {"Authorization": f"Bearer {up.key()}"}
    async with connect(
        f"wss{host.removeprefix('https')}/live",
        ssl=up.trust(),
        origin=host,  # type: ignore[arg-type]
        subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]
        additional_headers={"Cookie": cookie},
        compression=None,
    ) as board:
        await board.send(json.dumps({"subscribe": "location:1"}))
        await heard(board, "snapshot")

        async with httpx2.AsyncClient(verify=up.trust(), trust_env=False) as shop:
            placed = await shop.post(f"{up.url}/api/v1/orders", json=order(1), headers=key)

        event = await heard(board, "event")
    assert event["order"]["id"] == placed.json()["id"]


async def heard(board: Any, kind: str) -> dict[str, Any]:
    """The next message of a kind."""
    async with asyncio.timeout(PATIENCE):
        while kind not in (told := json.loads(await board.recv())):
            continue
    found: dict[str, Any] = told
    return found


def test_the_plain_port_serves_the_way_in_and_no_data(up: Lan) -> None:
    with httpx2.Client(base_url=up.setup, trust_env=False) as tablet:
        way_in = tablet.get("/")
        certificate = tablet.get("/heard-ca.crt")
        onward = {
            path: tablet.get(path) for path in ("/login", "/board", "/api/v1/orders", "/live")
        }
        sheet = tablet.get(re.findall(r'href="(/static/css/base[^"]+)"', way_in.text)[0])

    assert up.fingerprint in way_in.text
    assert x509.load_der_x509_certificate(certificate.content) == up.root
    assert sheet.status_code == 200
    for path, answer in onward.items():
        assert (answer.status_code, answer.headers["location"]) == (307, f"{up.url}{path}")


def test_commands_beside_it_find_it(up: Lan) -> None:
    said = up.command("simulate", "--count", "3", "--rate", "0")
    healthy = up.command("doctor")

    assert "3 orders placed" in said
    assert "tablets find this machine at" in healthy
    assert f"https://127.0.0.1:{up.port} answers" in healthy


def test_a_second_start_shows_the_same_certificates(tmp_path: Path) -> None:
    with lan(tmp_path / "var") as first:
        before = (first.fingerprint, first.certificate.read_bytes())
        assert first.program.stop() == 0
        assert not (first.var / "lan" / "up.env").exists()

        first.start()

        assert (first.fingerprint, first.certificate.read_bytes()) == before


@pytest.mark.browser
async def test_a_browser_that_trusts_it_may_use_the_camera_and_work_offline(up: Lan) -> None:
    public = x509.load_pem_x509_certificate(up.certificate.read_bytes()).public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    believed = b64encode(sha256(spki).digest()).decode()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(),
            args=[f"--ignore-certificate-errors-spki-list={believed}"],
        )
        page = await browser.new_page()
        await page.goto(up.setup)
        await page.wait_for_selector("#state[data-trusted=true]")
        await page.click(f'a[href="{up.url}/board"]')
        await page.wait_for_url(f"{up.url}/login?**")
        able = await page.evaluate(
            "[isSecureContext, 'serviceWorker' in navigator,"
            " 'getUserMedia' in (navigator.mediaDevices ?? {}), 'wakeLock' in navigator,"
            " 'locks' in navigator]"
        )
        await browser.close()
        stranger = await playwright.chromium.launch(executable_path=chromium())
        page = await stranger.new_page()
        await page.goto(up.setup)
        await page.wait_for_selector("#state[data-trusted=false]")
        await stranger.close()

    assert able == [True] * 5
