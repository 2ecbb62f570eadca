"""Many at once: one version has one winner, and one external id is one order."""

import asyncio
from collections import Counter
from typing import Final

import orjson
import pytest
from sqlmodel import select

from server.answers import Answer
from server.db import Database
from server.events import Publication, since
from server.models import Order
from server.orders import boards, intake, lifecycle
from server.orders.forms import MoveForm, StatusForm
from server.perform import Once
from server.places import status
from tests.cast import Cast, wish
from tests.hands import Do, Look, answered
from tests.journeys import placed

THREADS: Final = 16
ROUNDS: Final = (50, pytest.param(200, marks=pytest.mark.long))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("times", ROUNDS)
def test_one_version_has_one_winner(wide: Database, look: Look, cast: Cast, times: int) -> None:
    """Sixteen tap the same card at once, all having seen the same version; many times."""
    do = Do(wide)
    ways = ("ready", "fulfilled", "cancelled", "ready")
    forms = {"cancelled": MoveForm(reason="too_busy")}

    async def race(ref: str, match: int, number: int) -> list[Answer]:
        taps = [
            do.perform.once(
                Once(f"account:{n}", f"{number}", "tap"), answered, lifecycle.advance,
                ref, ways[n % 4], forms.get(ways[n % 4], MoveForm()), by=cast.ana, match=match,
            )
            for n in range(THREADS)
        ]  # fmt: skip
        return await asyncio.gather(*taps)

    async def rounds() -> None:
        for number in range(times):
            order = await do.perform(intake.place, wish(cast.bar), by=cast.shop)
            ref = orjson.loads(order.card)["id"]
            answers = await race(ref, 1, number)
            won = [one for one in answers if one.status == 200 and b'"noop":false' in one.body]
            noop = [one for one in answers if one.status == 200 and b'"noop":true' in one.body]
            lost = [one for one in answers if one.status == 412]
            assert len(won) == 1
            assert len(won) + len(noop) + len(lost) == THREADS
            assert {one.etag for one in won + noop} == {"2"}

    asyncio.run(rounds())

    versions = look(lambda session: session.exec(select(Order.version)).all())
    assert versions == [2] * times
    book = everything(look, f"location:{cast.bar}")
    assert [one.offset for one in book] == list(range(1, 2 * times + 1))
    assert Counter(one.kind for one in book) == {"order.placed": times, "order.advanced": times}
    assert book == sorted(do.bell.rung, key=lambda one: one.offset)


def everything(look: Look, channel: str) -> list[Publication]:
    book: list[Publication] = []
    while page := look(since, channel, len(book)):
        book += page
    return book


def test_the_same_external_id_raced_is_one_order(wide: Database, look: Look, cast: Cast) -> None:
    do = Do(wide)

    async def race() -> list[bytes]:
        form = wish(cast.bar, external_id="A-1")
        wishes = (do.perform(intake.place, form, by=cast.shop) for _ in range(THREADS))
        return [outcome.card for outcome in await asyncio.gather(*wishes)]

    cards = asyncio.run(race())

    assert len(set(cards)) == 1
    assert len(look(boards.orders, boards.Filters(), by=cast.ana).orders) == 1
    assert [one.offset for one in everything(look, f"location:{cast.bar}")] == [1]


def test_a_place_that_many_close_at_once_has_a_version_for_each(
    wide: Database, look: Look, cast: Cast
) -> None:
    do, form = Do(wide), StatusForm(state="busy", minutes=5)

    async def race() -> list[int]:
        closing = (
            do.perform(status.set_status, cast.bar, form, by=cast.ana) for _ in range(THREADS)
        )
        return [place["version"] for place in await asyncio.gather(*closing)]

    versions = asyncio.run(race())

    assert sorted(versions) == list(range(2, THREADS + 2))
    book = everything(look, f"location:{cast.bar}")
    assert [orjson.loads(one.thing)["version"] for one in book] == list(range(2, THREADS + 2))


def test_moving_and_undoing_at_once_never_loses_a_version(
    wide: Database, look: Look, cast: Cast
) -> None:
    do = Do(wide)
    ref = placed(do, cast)["id"]

    async def race() -> None:
        for _ in range(5):
            taps = [
                *(
                    do.perform(lifecycle.advance, ref, "ready", MoveForm(), by=cast.ana)
                    for _ in "123"
                ),
                *(do.perform(lifecycle.undo, ref, by=cast.ana) for _ in "123"),
            ]
            await asyncio.gather(*taps, return_exceptions=True)

    asyncio.run(race())

    _, history = look(boards.order, ref, by=cast.ana)
    versions = [one["version"] for one in history]
    book = everything(look, f"location:{cast.bar}")
    assert versions == list(range(1, len(versions) + 1))
    assert versions == [orjson.loads(one.thing)["version"] for one in book]
