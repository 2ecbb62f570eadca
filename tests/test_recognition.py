"""Recognising many at once: how many questions a crowd costs, and that nobody is mistaken."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import event

from server.people import keys, sessions
from server.perform import Read
from server.recognition import Credential, Recognition, standings
from tests.cast import Cast, address
from tests.hands import Do, Look


@pytest.fixture
def backend() -> str:
    """Nothing here depends on the kind of database."""
    return "sqlite"


@pytest.fixture
def crowd(do: Do, cast: Cast) -> list[Credential]:
    """Ten browsers of Ben's and Ana's, two keys, and two who are nobody."""
    people = [address(name) for name in ("Ben", "Ana")] * 5
    cookies = [do(sessions.sign_in, email, device="Firefox").token for email in people]
    limited = do(keys.create, cast.harbour, name="Bar only", locations=[cast.bar])
    return [
        *(Credential("cookie", cookie) for cookie in cookies),
        Credential("bearer", cast.shop_token),
        Credential("bearer", limited),
        Credential("cookie", "nobody"),
        Credential("bearer", "heard_nobody"),
    ]


@pytest.fixture
def statements(do: Do) -> Iterator[list[str]]:
    """What the database is asked."""
    told: list[str] = []
    reader = do.perform.database.reader
    event.listen(reader, "before_cursor_execute", lambda *call: told.append(call[2]))
    yield told
    told.clear()


def test_each_of_a_crowd_is_recognised_as_alone(crowd: list[Credential], look: Look) -> None:
    together = look(standings, crowd)

    alone = {one: standing for one in crowd for standing in look(standings, [one]).values()}
    assert together == alone
    assert len(together) == len(crowd) - 2


def test_whoever_works_in_one_place_watches_that_place(
    crowd: list[Credential], cast: Cast, look: Look
) -> None:
    for standing in look(standings, crowd).values():
        mine = standing.actor.locations or set(cast.places.values())
        assert standing.channels == {
            *(f"location:{place}" for place in mine),
            f"organization:{cast.harbour}",
        }


def test_a_crowd_costs_no_more_statements_than_one(
    crowd: list[Credential], look: Look, statements: list[str]
) -> None:
    look(standings, [crowd[0], crowd[-4]])  # a person and a key
    few = len(statements)
    statements.clear()

    look(standings, crowd)

    assert len(statements) == few


async def test_all_who_ask_at_once_share_a_question(
    crowd: list[Credential], do: Do, statements: list[str]
) -> None:
    recognise = Recognition(Read(do.perform.database))

    found = await asyncio.gather(*(recognise(one) for one in crowd * 20))

    assert len(statements) <= 8  # one question is at most so many statements
    assert found[: len(crowd)] == found[-len(crowd) :]


async def test_the_next_question_is_put_when_one_fails(crowd: list[Credential], do: Do) -> None:
    read = Failing(Read(do.perform.database))
    recognise = Recognition(read)  # type: ignore[arg-type]
    failed = await asyncio.gather(*(recognise(one) for one in crowd), return_exceptions=True)
    assert {type(one) for one in failed} == {ConnectionError}

    read.failing = False

    assert await recognise(crowd[0])


class Failing:
    """A database that is away for a while."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.failing = True

    async def __call__(self, *asked: object) -> object:
        if self.failing:
            raise ConnectionError("the database is away")
        return await self.read(*asked)  # type: ignore[arg-type]
