"""A lean socket by itself: how it is written to, how it stalls, how it ends."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest

from server.realtime.frames import frame
from server.realtime.lean import wire as module
from server.realtime.lean.pings import SPOKES, Pings
from server.realtime.lean.strict import MESSAGE_BYTES
from server.realtime.lean.wire import LeanWire
from server.realtime.wire import BUFFER_BYTES
from tests.realtime.guests import Pass
from tests.realtime.lean.frames import client_frame
from tests.realtime.lean.twins import Lean
from tests.realtime.patience import eventually
from tests.realtime.serving import bar_house

PONG = client_frame(10)


class Watched(LeanWire):
    """With room for what tells us that it is gone."""

    __slots__ = ("__weakref__",)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0.01)


async def test_frames_go_straight_to_the_transport() -> None:
    lean = Lean()

    lean.wire.write(frame(b"one") + frame(b"two"))

    assert lean.transport.written == b"\x81\x03one\x81\x03two"


async def test_who_takes_nothing_is_not_read_from_either() -> None:
    lean = Lean()
    resumed: list[bool] = []
    lean.wire.resumed = lambda: resumed.append(lean.wire.ready)

    lean.wire.pause_writing()
    assert (lean.wire.ready, lean.transport.paused) == (False, True)
    assert lean.wire.blocked_at > 0
    lean.wire.resume_writing()

    assert resumed == [True]
    assert not lean.transport.paused


async def test_more_than_its_bound_is_the_end_of_it() -> None:
    lean = Lean()
    lean.transport.unread = BUFFER_BYTES + 1

    lean.wire.write(frame(b"straw"))

    assert lean.transport.aborted
    lean.wire.write(frame(b"more"))
    assert b"more" not in lean.transport.written
    assert not lean.wire.ready


@pytest.mark.usefixtures("quick")
async def test_the_goodbye_does_not_wait_for_a_reader() -> None:
    lean = Lean()
    lean.wire.pause_writing()

    lean.close(4001, "slow")
    lean.close(4002, "again")
    lean.wire.write(frame(b"late"))
    lean.wire.resume_writing()

    assert lean.transport.written == b"\x88\x06\x0f\xa1slow"
    assert not lean.transport.paused  # the answer to our close has to be heard
    assert not lean.wire.ready
    await eventually(lambda: lean.transport.aborted)


async def test_the_answer_to_our_goodbye_ends_it() -> None:
    lean = Lean()
    lean.close(4001, "slow")

    lean.feed(client_frame(8, (4001).to_bytes(2)))

    assert lean.transport.closing
    assert lean.transport.written == b"\x88\x06\x0f\xa1slow"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("before", [b"", client_frame(2, b"odd")], ids=["plain", "strict"])
async def test_a_server_that_stops_leaves_no_reader_behind(before: bytes) -> None:
    lean = Lean()
    lean.feed(before)

    lean.wire.shutdown()

    assert lean.transport.written == b"\x88\x02\x03\xf4"  # 1012
    assert lean.left == 1
    await eventually(lambda: lean.transport.aborted)


async def test_nothing_is_heard_after_the_end() -> None:
    lean = Lean()
    lean.feed(client_frame(8) + client_frame(1, b"late"))

    lean.feed(client_frame(1, b"later"))

    assert lean.messages == []


async def test_a_message_too_long_is_refused_before_it_has_come() -> None:
    lean = Lean()

    lean.feed(client_frame(1, b"x" * (MESSAGE_BYTES + 1))[:14])

    assert lean.transport.written[2:4] == (1009).to_bytes(2)
    assert lean.transport.closing


async def test_a_socket_that_is_gone_leaves_nothing_to_collect() -> None:
    """No reference cycle: otherwise a storm of drops would wait for the collector."""
    open_ones: set[Any] = set()
    lean = Lean()
    house = bar_house()
    wire = Watched(lean.transport, open_ones)
    wire.listener = house.hub.connect(Pass(), wire)
    Pings().join(wire)
    wire.data_received(client_frame(1, b'{"ping":1}'))
    gone = weakref.ref(wire)

    gc.disable()
    try:
        wire.connection_lost(None)
        del wire
        assert gone() is None
    finally:
        gc.enable()
    assert not open_ones
    assert not house.hub.connections


def turn(pings: Pings) -> None:
    """Once round the wheel."""
    for _ in range(SPOKES):
        pings.turn()


async def test_whoever_answers_pings_stays() -> None:
    lean, pings = Lean(), Pings()
    pings.join(lean.wire)

    for _ in range(3):
        turn(pings)
        lean.feed(PONG)

    assert lean.transport.written == b"\x89\x00" * 3
    assert not lean.transport.closing


@pytest.mark.usefixtures("quick")
async def test_whoever_does_not_is_closed() -> None:
    lean, pings = Lean(), Pings()
    pings.join(lean.wire)

    turn(pings)
    turn(pings)

    assert lean.transport.written[2:6] == b"\x88\x18\x03\xf3"  # 1011
    assert lean.result.ended
    await eventually(lambda: lean.transport.aborted)


async def test_whoever_cannot_be_heard_is_not_blamed_for_silence() -> None:
    lean, pings = Lean(), Pings()
    pings.join(lean.wire)
    turn(pings)
    lean.wire.pause_writing()

    turn(pings)

    assert not lean.transport.closing


async def test_a_pong_is_seen_by_the_library_too() -> None:
    lean, pings = Lean(), Pings()
    pings.join(lean.wire)
    lean.feed(client_frame(2, b"odd"))
    turn(pings)

    lean.feed(PONG)

    assert not lean.wire.pinged


async def test_a_storm_of_connects_is_not_followed_by_storms_of_pings() -> None:
    lean, pings = [Lean() for _ in range(SPOKES * 2)], Pings()
    for one in lean:
        pings.join(one.wire)

    pings.turn()

    assert sum(bool(one.transport.written) for one in lean) == 2


async def test_the_wheel_turns_by_itself() -> None:
    lean, pings = Lean(), Pings(turn_seconds=0.05)
    pings.join(lean.wire)
    turning = asyncio.create_task(pings.run())

    await eventually(lambda: lean.transport.written)

    turning.cancel()
