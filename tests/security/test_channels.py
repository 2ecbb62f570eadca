"""Every channel × every audience × every kind of caller: what is foreign is not there to follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from server.events import Audience
from server.realtime.protocol import SUBPROTOCOL
from tests.security.callers import Kind
from tests.security.policy import READING
from tests.security.world import CANARY, SEES, URL, Where, World

NOT_THEIRS: Final = (4500, 4501)
MAY_HEAR: Final[dict[Audience, frozenset[Kind]]] = {
    Audience.STAFF: READING,
    Audience.DISPLAY: READING | {Kind.KITCHEN, Kind.MERCH},
    Audience.PICKUP: READING | {Kind.PICKUP},
    Audience.BUYER: frozenset(),
}
PLACES: Final = {Where.OWN: "harbour", Where.FOREIGN: "elsewhere", Where.ABSENT: ""}


def places(world: World) -> dict[Where, str]:
    return {where: f"location:{world.place(where)}" for where in Where}


def organizations(world: World) -> dict[Where, str]:
    numbers = {where: getattr(world.cast, name, 999999) for where, name in PLACES.items()}
    return {where: f"organization:{number}" for where, number in numbers.items()}


def orders(world: World) -> dict[Where, str]:
    return {where: f"order:{world.things[where]['token']}" for where in Where}


def followed(world: World, kind: Kind, channel: str, audience: Audience) -> tuple[Any, str]:
    """What a caller is told first, or with which code they are closed; and all that they hear."""
    headers = {**world.callers[kind].headers, "Origin": URL}
    world.client.cookies.clear()
    with world.client.websocket_connect("/live", [SUBPROTOCOL], headers=headers) as board:
        board.send_json({"subscribe": channel, "audience": audience})
        try:
            first = board.receive_json()
            return first.get("error", "subscribed"), heard(board, first)
        except WebSocketDisconnect as closed:
            return closed.code, ""


def heard(board: WebSocketTestSession, first: dict[str, Any]) -> str:
    """The snapshot, to its last part."""
    said, told = str(first), first
    while "subscribed" in told or told.get("part", 0) < told.get("of", 0):
        told = board.receive_json()
        said += str(told)
    return said


def judged(
    kind: Kind, audience: Audience, sees: frozenset[Where], told: dict[Where, tuple[Any, str]]
) -> Iterator[str]:
    for where, (answer, said) in told.items():
        theirs = where in sees and kind in MAY_HEAR[audience]
        if theirs != (answer == "subscribed"):
            yield f"{kind} {audience} {where}: {answer}"
        if not theirs and answer not in NOT_THEIRS:
            yield f"{kind} {audience} {where}: {answer} is not a refusal"
        if where not in sees and answer != told[Where.ABSENT][0]:
            yield f"{kind} {audience} {where}: {answer} unlike absent"
        for whose, word in CANARY.items():
            if whose not in sees and word in said:
                yield f"{kind} {audience} {where}: shows what is {whose}"


@pytest.mark.parametrize("audience", Audience)
def test_a_foreign_location_is_not_there_to_follow(
    full: World, audience: Audience, record_property: Any
) -> None:
    wrong = [
        complaint
        for kind in Kind
        for complaint in judged(
            kind,
            audience,
            SEES[kind] - {Where.ABSENT},
            {w: followed(full, kind, name, audience) for w, name in places(full).items()},
        )
    ]

    record_property("subscriptions", len(Kind) * len(Where))
    assert not wrong, "\n".join(wrong)


def test_an_organization_speaks_to_its_own_people_only(full: World) -> None:
    wrong: list[str] = []
    for kind in Kind:
        sees = SEES[kind] | ({Where.OWN} if kind is Kind.NEIGHBOUR else set())
        told = {
            w: followed(full, kind, name, Audience.STAFF) for w, name in organizations(full).items()
        }
        wrong += judged(kind, Audience.STAFF, sees - {Where.OTHER}, told)

    assert not wrong, "\n".join(wrong)


def test_whoever_has_the_link_follows_the_order_and_nothing_else(full: World) -> None:
    for kind in Kind:
        for where, name in orders(full).items():
            answer, said = followed(full, kind, name, Audience.BUYER)
            if kind in (Kind.CUSTOMER, Kind.DISABLED, Kind.NEWCOMER):  # what they show is void
                assert answer == 4500, (kind, where, answer)
            elif where is Where.ABSENT:
                assert answer == 4501, (kind, answer)
            else:
                assert answer == "subscribed", (kind, where, answer)
                assert all(w not in said for other, w in CANARY.items() if other is not where)
        for audience in set(Audience) - {Audience.BUYER}:
            answer, _ = followed(full, kind, orders(full)[Where.OWN], audience)
            assert answer in NOT_THEIRS, (kind, audience)
