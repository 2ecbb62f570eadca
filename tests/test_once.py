"""Requests that must not happen twice: one key, one effect, one answer."""

import asyncio

import orjson
import pytest
from sqlalchemy import func
from sqlmodel import Session, col, select

from server.answers import Answer
from server.db import Database
from server.errors import Conflict, KeyReused, Unsaved
from server.models import Order, StoredAnswer
from server.orders import intake, lifecycle
from server.orders.changes import Outcome
from server.orders.forms import MoveForm
from server.perform import Once
from tests.cast import Cast, wish
from tests.hands import Do, Look, answered
from tests.journeys import placed


def orders(look: Look) -> int:
    return look(lambda session: session.exec(select(func.count(col(Order.id)))).one())


def stored(look: Look) -> list[tuple[str, int | None]]:
    rows = look(lambda session: session.exec(select(StoredAnswer)).all())
    return [(row.key, row.status) for row in rows]


def test_a_retry_gets_the_first_answer_and_nothing_happens(do: Do, look: Look, cast: Cast) -> None:
    first = do.once("K1", intake.place, wish(cast.bar), by=cast.shop)

    again = do.once("K1", intake.place, wish(cast.bar), by=cast.shop)

    assert (first.status, first.headers) == (201, {})
    assert (again.status, again.body, again.etag, again.content_type) == (
        201, first.body, first.etag, first.content_type
    )  # fmt: skip
    assert again.headers == {"Idempotent-Replay": "true"}
    assert (orders(look), len(do.bell.rung)) == (1, 1)


def test_a_refusal_is_an_answer_like_any_other(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast)
    do(lifecycle.advance, order["id"], "fulfilled", MoveForm(), by=cast.dan)

    def tap() -> Answer:
        ref, form = order["id"], MoveForm()
        return do.once("K1", lifecycle.advance, ref, "pending", form, by=cast.dan, match=1)

    first = tap()
    do(lifecycle.undo, order["id"], by=cast.dan)
    again = tap()

    assert (first.status, again.status) == (412, 412)
    assert again.body == first.body
    assert orjson.loads(again.body)["order"]["stage"] == "fulfilled"
    assert stored(look) == [("K1", 412)]


def test_a_refused_request_undoes_what_it_had_begun(do: Do, look: Look, cast: Cast) -> None:
    def half(session: Session) -> Outcome:
        intake.place(session, wish(cast.bar), by=cast.shop)
        raise Conflict("Only half done.")

    answer = do.once("K1", half)

    assert answer.status == 409
    assert (orders(look), stored(look), do.bell.rung) == (0, [("K1", 409)], [])


def test_a_mistake_of_ours_leaves_nothing_behind_either(do: Do, look: Look, cast: Cast) -> None:
    def broken(session: Session) -> Outcome:
        intake.place(session, wish(cast.bar), by=cast.shop)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        do.once("K1", broken)

    assert (orders(look), stored(look), do.bell.rung) == (0, [], [])


def test_a_key_with_another_request_is_refused(do: Do, database: Database, cast: Cast) -> None:
    do.once("K1", intake.place, wish(cast.bar), by=cast.shop)
    other = Once("account:ana", "K1", "another request")

    with pytest.raises(KeyReused) as refused:
        asyncio.run(do.perform.once(other, answered, intake.place, wish(cast.bar), by=cast.shop))

    assert refused.value.field == "Idempotency-Key"


def test_everybody_has_keys_of_their_own(do: Do, look: Look, cast: Cast) -> None:
    do.once("K1", intake.place, wish(cast.bar), by=cast.shop)
    other = Once("account:ben", "K1", "another request")

    asyncio.run(do.perform.once(other, answered, intake.place, wish(cast.bar), by=cast.shop))

    assert orders(look) == 2


def test_without_a_key_every_request_happens(do: Do, look: Look, cast: Cast) -> None:
    for _ in range(2):
        do.once(None, intake.place, wish(cast.bar), by=cast.shop)

    assert (orders(look), stored(look)) == (2, [])


def test_what_could_not_be_saved_may_be_tried_again(do: Do, look: Look, cast: Cast) -> None:
    tries = iter([True, False])

    def flaky(session: Session) -> Outcome:
        outcome = intake.place(session, wish(cast.bar), by=cast.shop)
        if next(tries):
            raise Unsaved("Not now.")
        return outcome

    with pytest.raises(Unsaved):
        do.once("K1", flaky)
    answer = do.once("K1", flaky)

    assert answer.status == 201
    assert (orders(look), stored(look)) == (1, [("K1", 201)])


@pytest.mark.parametrize("status", [200, 422])
def test_many_at_once_with_one_key_have_one_effect_and_one_answer(
    do: Do, look: Look, cast: Cast, status: int
) -> None:
    form = wish(cast.bar, totals={"total": 1}) if status == 422 else wish(cast.bar)

    async def race() -> list[Answer]:
        once = Once("account:ana", "K1", "the same")
        return await asyncio.gather(
            *(do.perform.once(once, answered, intake.place, form, by=cast.shop) for _ in range(12))
        )

    answers = asyncio.run(race())

    assert len({(one.status, one.body, one.etag) for one in answers}) == 1
    assert sum("Idempotent-Replay" not in one.headers for one in answers) == 1
    assert (orders(look), len(do.bell.rung)) == ((1, 1) if status == 200 else (0, 0))
