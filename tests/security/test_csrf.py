"""S9: whatever another site makes a browser send changes nothing; and reading changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import pytest
from httpx2 import Response

from server.app import application
from server.routes.api.examples import EXAMPLES
from server.settings import Settings
from tests.scene import everything
from tests.security.callers import Kind
from tests.security.policy import EXCLUDED, Address, addresses
from tests.security.world import URL, Where, World

ADDRESSES: Final = list(addresses(application(Settings()).routes))
UNSAFE: Final = [one for one in ADDRESSES if one.method != "GET"]
SAFE: Final = [one for one in ADDRESSES if one.method == "GET" and one.name not in EXCLUDED]
EVIL: Final = "http://evil.example"
FORM: Final = "application/x-www-form-urlencoded"
NO_TOKEN: Final = {"X-CSRF-Token": ""}
STRANGE: Final[dict[str, dict[str, str]]] = {
    "no token": NO_TOKEN,
    "another token": {"X-CSRF-Token": "A" * 32},
    "another site": {"Origin": EVIL},
    "no site": {"Origin": "null"},
    "a site that looks like ours": {"Origin": f"{URL}.evil.example"},
    "our site by another scheme": {"Origin": URL.replace("http:", "https:")},
    "another port": {"Origin": f"{URL}:8001"},
    "a browser that says cross-site": {"Sec-Fetch-Site": "cross-site"},
    "a browser that says same-site": {"Sec-Fetch-Site": "same-site"},
    "a form": {**NO_TOKEN, "Content-Type": FORM, "Origin": EVIL},
    "a form of plain text": {**NO_TOKEN, "Content-Type": "text/plain"},
    "a form with a file": {**NO_TOKEN, "Content-Type": "multipart/form-data; boundary=x"},
}
PARTS: Final = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--'
FOREIGN: Final = ({"Origin": EVIL}, {"Sec-Fetch-Site": "cross-site"})
FOR_ALL: Final = ("POST /o/new",)  # asks for nobody's cookie: there is nothing to ride on
NOTED: Final = {"GET /api/v1/exports/orders.csv": "change"}  # who took the orders away, and when
BODIES: Final = {"application/json": b"{}", FORM: b"a=b", "text/plain": b'{"a": "="}'}


def state(world: World, but: str = "") -> str:
    """All rows of all tables, in short."""
    rows = world.scene.database.read_now(everything)
    kept = [(table.name, found) for table, found in rows if table.name != but]
    return hashlib.sha256(repr(kept).encode()).hexdigest()


def sent(world: World, address: Address, headers: Mapping[str, str]) -> Response:
    """What a browser with somebody's cookies sends to where something is."""
    world.client.cookies.clear()
    path = address.path.format_map(world.things[Where.OWN])
    if "Content-Type" in headers or address.line is None:
        kind = headers.get("Content-Type", FORM)
        body = BODIES.get(kind, PARTS)
        whole = {**headers, "Content-Type": kind}
        return world.client.request(address.method, path, headers=whole, content=body)
    example: Any = EXAMPLES[address.line.asked][-1]
    return world.client.request(address.method, path, headers=dict(headers), json=example)


@pytest.mark.parametrize("address", [a for a in UNSAFE if a.line], ids=lambda a: a.name)
def test_no_other_site_changes_anything(full: World, address: Address) -> None:
    before = state(full)
    for kind in (Kind.ADMIN, Kind.BOARD):
        for name, strange in STRANGE.items():
            answer = sent(full, address, {**full.callers[kind].headers, **strange})
            assert answer.status_code == 403, (kind, name, answer.text)

    assert state(full) == before


@pytest.mark.parametrize("address", [a for a in UNSAFE if not a.line], ids=lambda a: a.name)
@pytest.mark.parametrize("kind", [Kind.NOBODY, Kind.ADMIN, Kind.NEWCOMER, Kind.BOARD])
def test_no_form_of_another_site_changes_anything(
    full: World, kind: Kind, address: Address
) -> None:
    before = state(full)
    for strange in FOREIGN if address.name in FOR_ALL else (*FOREIGN, {"Origin": "null"}, {}):
        sent(full, address, {**full.callers[kind].headers, **strange})

    assert state(full) == before


@pytest.mark.parametrize("address", [a for a in UNSAFE if a.line], ids=lambda a: a.name)
def test_only_the_kind_of_body_that_is_asked_for_is_read(full: World, address: Address) -> None:
    before = state(full)
    assert address.line
    for kind in (FORM, "text/plain", "multipart/form-data; boundary=x", "text/html"):
        if address.line.upload and kind.startswith("multipart"):
            continue
        headers = {**full.callers[Kind.ADMIN].headers, "Content-Type": kind}
        assert sent(full, address, headers).status_code in (415, 422), kind

    assert state(full) == before


def test_reading_changes_nothing(full: World) -> None:
    before = {noted: state(full, noted) for noted in ("", "change")}
    for kind in (Kind.NOBODY, Kind.ADMIN, Kind.STAFF, Kind.BOARD, Kind.WRITER, Kind.NEWCOMER):
        for address in SAFE:
            full.client.cookies.clear()
            path = address.path.format_map(full.things[Where.OWN])
            for method in ("GET", "HEAD"):
                headers = dict(full.callers[kind].headers)
                assert full.client.request(method, path, headers=headers).status_code < 500
            noted = NOTED.get(address.name, "")
            assert state(full, noted) == before[noted], address.name
            if noted:
                full.reset()
