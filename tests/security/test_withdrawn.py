"""S3: rights withdrawn while somebody is connected end their sockets and their polls in seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from sqlmodel import Session, select
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from server.models import OrderLink
from server.people import sessions
from server.realtime.protocol import SUBPROTOCOL
from tests.callers import Caller
from tests.cast import PASSWORD, account_of, address
from tests.launch.processes import wait_until
from tests.security.callers import Kind
from tests.security.world import URL, Where, World

SECONDS: Final = 5.0
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Origin": URL}


def dan(world: World) -> str:
    """The account of the member of staff."""
    return str(world.scene.database.read_now(lambda s: account_of(s, "Dan").id))


def signs_out(world: World) -> None:
    headers = world.callers[Kind.STAFF].headers
    form = {"csrf": headers["X-CSRF-Token"]}
    world.client.post("/logout", data=form, headers={**headers, **FORM})


def is_disabled(world: World) -> None:
    done(world.callers[Kind.ADMIN].post(f"/people/{dan(world)}/disable"))


def loses_the_location(world: World) -> None:
    moved = {"locations": [world.place(Where.OTHER)]}
    done(world.callers[Kind.ADMIN].patch(f"/people/{dan(world)}", moved, if_match='"1"'))


def changes_the_password(world: World) -> None:
    """In another browser."""
    database = world.scene.database
    opened = database.write_now(lambda s: sessions.sign_in(s, address("Dan"), device="Phone"))
    cookie = {"Cookie": f"sid={opened.token}", "X-CSRF-Token": opened.actor.csrf or ""}
    asked = {"current": PASSWORD, "new": "twelve drummers drumming loudly"}
    done(Caller(world.client, cookie).post("/account/password", asked))


def is_unpaired(world: World) -> None:
    fleet = world.callers[Kind.ADMIN].get("/devices").json()["devices"]
    [board] = [one["id"] for one in fleet if one["name"] == "board one of ours"]
    done(world.callers[Kind.ADMIN].post(f"/devices/{board}/revoke"))


def done(answer: Any) -> None:
    assert answer.is_success, answer.text


WAYS: Final[Mapping[str, tuple[Kind, Callable[[World], None], int]]] = {
    "log-out": (Kind.STAFF, signs_out, 4500),
    "disabled": (Kind.STAFF, is_disabled, 4500),
    "location removed": (Kind.STAFF, loses_the_location, 4501),
    "password changed": (Kind.STAFF, changes_the_password, 4500),
    "device unpaired": (Kind.BOARD, is_unpaired, 4500),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_socket_is_closed(full: World, way: str, record_property: Any) -> None:
    kind, withdraw, code = WAYS[way]
    headers = {**full.callers[kind].headers, "Origin": URL}
    with full.client.websocket_connect("/live", [SUBPROTOCOL], headers=headers) as board:
        board.send_json({"subscribe": f"location:{full.place(Where.OWN)}"})
        assert "subscribed" in board.receive_json()
        full.client.cookies.clear()
        withdraw(full)
        start = time.monotonic()

        assert ended(board)[0] == code

    record_property(f"{way}: socket closed after, s", round(time.monotonic() - start, 1))


def ended(board: WebSocketTestSession) -> tuple[int | None, str]:
    """The code with which it is closed in time, and all that was said before."""
    start, told = time.monotonic(), ""
    try:
        while time.monotonic() - start < SECONDS:
            told += board.receive_text()  # a head comes every few seconds, if nothing else does
    except WebSocketDisconnect as closed:
        return closed.code, told
    return None, told


@pytest.mark.parametrize("path", ["/locations/{location}/board", "/orders/{order}"])
@pytest.mark.parametrize("way", WAYS)
def test_nothing_more_is_answered(full: World, way: str, path: str) -> None:
    kind, withdraw, code = WAYS[way]
    mine = full.callers[kind]
    asked = path.format_map(full.things[Where.OWN])
    assert mine.get(asked).status_code == 200
    full.client.cookies.clear()
    withdraw(full)

    def refused() -> bool:
        full.client.cookies.clear()
        return mine.get(asked).status_code == (404 if code == 4501 else 401)

    wait_until(refused, SECONDS)


def test_a_revoked_link_closes_the_customers_socket(full: World) -> None:
    channel = f"order:{full.things[Where.OWN]['token']}"
    with full.client.websocket_connect("/live", [SUBPROTOCOL], headers={"Origin": URL}) as page:
        page.send_json({"subscribe": channel, "audience": "buyer"})
        assert page.receive_json()["order"]
        full.scene.database.write_now(revoke)
        path = f"/orders/{full.things[Where.OWN]['order']}"
        seen = full.callers[Kind.ADMIN].get(path).headers["etag"]
        moved = {"destination": "Block X"}
        done(full.callers[Kind.ADMIN].patch(path, moved, if_match=seen))

        code, told = ended(page)

    assert code is not None
    assert "Block X" not in told


def revoke(session: Session) -> None:
    for link in session.exec(select(OrderLink)):
        link.version += 1
