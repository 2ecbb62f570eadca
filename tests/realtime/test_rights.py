"""Rights withdrawn while a socket is open."""

import asyncio
from dataclasses import replace

import pytest

from server.realtime.protocol import Close
from tests.realtime.guests import Pass
from tests.realtime.house import BLIND, QUICK, House, house
from tests.realtime.patience import eventually
from tests.realtime.shelf import BAR, SHOP


def withdraw(bar: House, person: str, grant: Pass | None) -> None:
    """Somebody changes what a person may see."""
    bar.shelf.access[1] += 1
    bar.door.passes = dict.fromkeys(
        {c.grant.person for c in bar.hub.connections}, Pass(access_version=bar.shelf.access[1])
    )
    bar.door.passes[person] = grant


async def test_whoever_signs_out_loses_the_socket() -> None:
    async with house() as bar:
        _, board = await bar.board(grant=Pass("ana"))
        _, other = await bar.board(grant=Pass("ben"))

        withdraw(bar, "ana", None)

        await board.until(lambda b: b.code == Close.SIGNED_OUT)
        await bar.place()
        await other.until(lambda o: o.offsets == [1])
        assert board.offsets == []


async def test_whoever_loses_a_location_loses_the_socket() -> None:
    async with house() as bar:
        connection, board = await bar.board(grant=Pass("ana"))
        bar.say(connection, {"subscribe": SHOP})

        withdraw(bar, "ana", Pass("ana", access_version=2, channels=frozenset({SHOP})))

        await board.until(lambda b: b.code == Close.NOT_YOURS)


async def test_whoever_keeps_the_location_keeps_the_socket_and_is_asked_once() -> None:
    async with house() as bar:
        connection, board = await bar.board(grant=Pass("ana"))

        withdraw(bar, "ben", None)

        await board.until(
            lambda b: connection.grant.access_version == 2 and len(b.only("head")) > 2
        )
        assert board.code is None
        assert bar.door.rechecked == 1


async def test_control_without_the_look_rights_are_never_withdrawn() -> None:
    async with house(BLIND) as bar:
        _, board = await bar.board(grant=Pass("ana"))

        withdraw(bar, "ana", None)

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await board.until(lambda b: b.code)


async def test_a_socket_admitted_under_older_rights_is_asked_again_at_once() -> None:
    async with house() as bar:
        await bar.board(grant=Pass("ben", access_version=1))
        bar.shelf.access[1] = 2
        bar.door.passes["ben"] = Pass("ben", access_version=2)
        await eventually(lambda: bar.hub.rights.known.get(1) == 2)

        _, late = bar.connect(Pass("ana", access_version=1))

        await late.until(lambda s: s.code == Close.SIGNED_OUT)


async def test_a_check_that_fails_is_made_again() -> None:
    async with house() as bar:
        _, board = await bar.board(grant=Pass("ana"))
        bar.door.failing = True
        withdraw(bar, "ana", None)
        await eventually(lambda: bar.door.rechecked >= 2)

        bar.door.failing = False

        await board.until(lambda b: b.code == Close.SIGNED_OUT)


async def test_rights_that_change_while_they_are_checked_are_checked_again() -> None:
    async with house() as bar:
        _, board = await bar.board(grant=Pass("ana"))
        bar.door.slow = asyncio.Event()
        withdraw(bar, "ben", None)  # a check begins, and reads what still is
        await eventually(lambda: bar.door.rechecked)
        withdraw(bar, "ana", None)
        await eventually(lambda: bar.hub.rights.known.get(1) == 3)

        bar.door.slow.set()

        await board.until(lambda b: b.code == Close.SIGNED_OUT)


async def test_rights_of_a_past_that_came_back_are_withdrawn_like_others() -> None:
    """A database was put back: its next version is one that was known before."""
    async with house() as bar:
        await bar.board(grant=Pass("ben"))
        withdraw(bar, "zoe", None)
        await eventually(lambda: bar.door.rechecked)
        bar.shelf.access[1] = 1
        bar.door.passes["ana"] = Pass("ana")
        _, board = bar.connect(Pass("ana"))
        await eventually(lambda: bar.door.rechecked == 2)

        withdraw(bar, "ana", None)

        await board.until(lambda b: b.code == Close.SIGNED_OUT)


async def test_many_sockets_are_checked_again() -> None:
    async with house(replace(QUICK, sockets_per_person=100)) as bar:
        boards = [(await bar.board(grant=Pass(f"cook {n}")))[1] for n in range(50)]

        bar.door.passes = {}
        bar.shelf.access[1] = 5

        for board in boards:
            await board.until(lambda b: b.code == Close.SIGNED_OUT)
        assert bar.hub.connections == {}


async def test_a_sign_in_that_ends_ends_the_socket() -> None:
    async with house() as bar:
        _, board = await bar.board(grant=Pass("ana", expires_at=1.0))

        await board.until(lambda b: b.code == Close.SIGNED_OUT)


async def test_only_the_organization_whose_access_changed_is_asked() -> None:
    async with house() as bar:
        bar.shelf.streams[SHOP].organization = 2
        bar.shelf.access[2] = 1
        _, theirs = await bar.board(SHOP, grant=Pass("zoe", organization=2))
        _, ours = await bar.board(BAR, grant=Pass("ana"))

        withdraw(bar, "ana", None)

        await ours.until(lambda o: o.code)
        assert theirs.code is None
        assert bar.door.rechecked == 1
