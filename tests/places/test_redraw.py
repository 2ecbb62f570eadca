"""Customs changed while orders move: whoever comes later draws as is done by then."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

import orjson
import pytest
from sqlmodel import Session

from server.db import Database
from server.errors import Overtaken
from server.events import Publication, since
from server.models import Order
from server.orders import boards, intake, lifecycle
from server.orders.forms import MoveForm
from server.places import organizations, upkeep
from server.places.forms import PlaceForm, SettingsForm
from server.statements import Form, Line, Reply
from tests.cast import Cast, wish
from tests.hands import Do, Look
from tests.journeys import placed

WORDS: Final = ("Newest", "Fresh", "Brand new", "Just in")
SOME: Final = 24
THREADS: Final = 16
MANY: Final = 2_000
SECONDS: Final = 6.0


def words(word: str) -> SettingsForm:
    return SettingsForm.model_validate({"labels": {"onsite": {"pending": word}}})


def book(look: Look, cast: Cast) -> list[Publication]:
    found: list[Publication] = []
    while page := look(since, f"location:{cast.bar}", len(found)):
        found += page
    return found


class Evening:
    """Orders that come, are moved on and back, while somebody renames the stages."""

    def __init__(self, wide: Database, cast: Cast) -> None:
        self.do = Do(wide)
        self.look = Look(wide)
        self.cast = cast
        self.orders = [placed(self.do, cast)["id"] for _ in range(SOME)]

    async def whole(self) -> None:
        await asyncio.gather(self.come(), self.rename(), *(self.move(ref) for ref in self.orders))

    async def come(self) -> None:
        for _ in range(SOME):
            await self.do.perform(intake.place, wish(self.cast.bar), by=self.cast.shop)

    async def rename(self) -> None:
        for word in WORDS:
            await self.do.perform(organizations.change, words(word), by=self.cast.ana)

    async def move(self, ref: str) -> None:
        for to in ("ready", "pending", "ready", "pending"):
            card, _ = await self.look.read(boards.order, ref, by=self.cast.ana)
            seen = orjson.loads(card)["version"]
            form = MoveForm()
            await self.do.perform(lifecycle.advance, ref, to, form, by=self.cast.ana, match=seen)


@pytest.mark.timeout(120)
def test_after_a_rename_nothing_is_told_in_the_old_words(
    wide: Database, look: Look, cast: Cast
) -> None:
    """The book is read from end to end: no card in it is older than the words before it."""
    asyncio.run(Evening(wide, cast).whole())

    told = "Pending"
    for entry in book(look, cast):
        thing = orjson.loads(entry.thing)
        if entry.key == "location":
            told = thing["labels"]["pending"]
        elif thing["stage"] == "pending":
            assert thing["label"] == told, entry.offset
    cards = [orjson.loads(card) for card in look(boards.snapshot, cast.bar).orders]
    assert {card["label"] for card in cards} == {WORDS[-1]} == {told}
    assert len(cards) == 2 * SOME


def test_of_many_who_rename_at_once_one_wins(wide: Database, look: Look, cast: Cast) -> None:
    do = Do(wide)

    async def race() -> list[Any]:
        asked = (
            do.perform(organizations.change, words(f"Word {n}"), by=cast.ana, match=1)
            for n in range(THREADS)
        )
        return list(await asyncio.gather(*asked, return_exceptions=True))

    answers = asyncio.run(race())

    [won] = [one for one in answers if not isinstance(one, Overtaken)]
    assert look(organizations.settings, by=cast.ana) == won
    assert won["version"] == 2
    assert all(one.more["settings"] == won for one in answers if one is not won)


@pytest.mark.parametrize("named", [False, True])
def test_a_move_asks_the_database_no_more_for_it(
    do: Do, cast: Cast, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = placed(do, cast)
    if named:
        do(organizations.change, words("Newest"), by=cast.ana)
        thresholds = {"ready": {"warn_seconds": 1, "late_seconds": 2}}
        form = PlaceForm.model_validate({"thresholds": thresholds})
        do(upkeep.change, cast.bar, form, by=cast.ana)
    sent: list[str] = []
    put = Line.put

    def counted(line: Line, form: Form, values: Mapping[str, Any]) -> Reply:
        sent.append(form.text)
        return put(line, form, values)

    monkeypatch.setattr(Line, "put", counted)

    do(lifecycle.advance, order["id"], "ready", MoveForm(), by=cast.ana)

    asked = [statement.split()[0] for statement in sent]
    bundled = ["SELECT", "UPDATE", "INSERT", "UPDATE", "INSERT"]
    assert asked in (bundled, ["SELECT", "UPDATE", "INSERT", "WITH"])


def stocked(session: Session, cast: Cast) -> None:
    """Many orders at the bar, put there as they are stored."""
    kept = intake.place(session, wish(cast.bar), by=cast.shop)
    first = session.get_one(Order, orjson.loads(kept.card)["id"])
    columns = first.model_dump()
    for number in range(1, MANY):
        ident = f"{first.id[:-5]}{number:05}"
        card = orjson.loads(kept.card) | {"id": ident, "code": f"N{number}"}
        own = {"id": ident, "code": f"N{number}", "card": orjson.dumps(card).decode()}
        session.add(Order(**columns | own))
    session.flush()


@pytest.mark.timeout(120)
def test_two_thousand_open_orders_are_renamed_at_once(
    do: Do, look: Look, cast: Cast, record_property: object
) -> None:
    do(stocked, cast)
    began = time.monotonic()

    do(organizations.change, words("Newest"), by=cast.ana)

    took = time.monotonic() - began
    assert callable(record_property)
    record_property(f"renaming with {MANY} open orders, s", round(took, 2))
    assert took < SECONDS
    cards = [orjson.loads(card) for card in look(boards.snapshot, cast.bar).orders]
    assert len(cards) == MANY
    assert {(card["label"], card["version"]) for card in cards} == {("Newest", 1)}
