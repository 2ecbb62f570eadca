"""Bells that cross are put in order; only what does not come is read from the book."""

from dataclasses import replace

from server.realtime.limits import Limits
from tests.realtime.house import BLIND, house

GRACE = 0.2
PATIENT = replace(BLIND, grace_seconds=GRACE)
HASTY = replace(BLIND, grace_seconds=0.0)


async def gaps_after_crossing(limits: Limits) -> int:
    """Three events whose bells come in the order 3, 2, 1."""
    async with house(limits) as bar:
        _, board = await bar.board()
        events = [bar.shelf.write() for _ in range(3)]

        for event in reversed(events):
            bar.hub.receive(event)

        await board.until(lambda b: b.offsets == [1, 2, 3])
        return bar.hub.counts.gaps


async def test_bells_that_cross_cost_no_query() -> None:
    assert await gaps_after_crossing(PATIENT) == 0


async def test_without_the_grace_they_cost_one() -> None:
    assert await gaps_after_crossing(HASTY) == 1


async def test_what_does_not_come_is_read_when_the_grace_is_over() -> None:
    async with house(PATIENT) as bar:
        _, board = await bar.board()
        bar.shelf.write()  # its bell is lost

        bar.hub.receive(bar.shelf.write())

        assert bar.hub.counts.gaps == 0
        await board.until(lambda b: b.offsets == [1, 2])
        assert bar.hub.counts.gaps == 1


async def test_a_bell_from_far_ahead_is_not_waited_for() -> None:
    async with house(PATIENT) as bar:
        await bar.board()
        events = [bar.shelf.write() for _ in range(70)]

        bar.hub.receive(events[-1])

        assert bar.hub.counts.gaps == 1
