"""What belongs to somebody else answers exactly like what is not there."""

from collections.abc import Callable
from typing import Any

import pytest

from server.answers import problem
from server.errors import NotFound, Refused
from server.orders import (
    boards,
    details,
    export,
    intake,
    issues,
    lifecycle,
    resolution,
    scheduled,
)
from server.orders.attachments import Drawn
from server.orders.boards import Filters
from server.orders.forms import (
    ChangeForm,
    FlagForm,
    IssueForm,
    MoveForm,
    ResolveForm,
    SeenForm,
    StatusForm,
)
from server.orders.reasons import IssueOutcome, IssueType
from server.orders.stages import Short
from server.people.actors import Actor
from server.places import locations, stations, status, upkeep
from server.places.forms import PlaceForm, StationForm
from tests.cast import Cast, wish
from tests.hands import Do, Look
from tests.journeys import placed

Ask = Callable[[Do, Look, Any, Actor], object]

OF_ORDERS: dict[str, Ask] = {
    "advance": lambda do, _, ref, by: do(lifecycle.advance, ref, "ready", MoveForm(), by=by),
    "an unknown stage": lambda do, _, ref, by: do(lifecycle.advance, ref, "?", MoveForm(), by=by),
    "a stale version": lambda do, _, ref, by: do(
        lifecycle.advance, ref, "ready", MoveForm(), by=by, match=99
    ),
    "a short form": lambda do, _, ref, by: do(
        lifecycle.shortly, ref, Short.READY, MoveForm(), by=by
    ),
    "undo": lambda do, _, ref, by: do(lifecycle.undo, ref, by=by),
    "surface": lambda do, _, ref, by: do(scheduled.surface, ref, by=by),
    "flag": lambda do, _, ref, by: do(issues.flag, ref, FlagForm(type=IssueType.OTHER), by=by),
    "change": lambda do, _, ref, by: do(details.change, ref, ChangeForm(instructions="!"), by=by),
    "look": lambda _, look, ref, by: look(boards.order, ref, by=by),
}
OF_LOCATIONS: dict[str, Ask] = {
    "place": lambda do, _, place, by: do(intake.place, wish(place), by=by),
    "status": lambda do, _, place, by: do(
        status.set_status, place, StatusForm(state="busy", minutes=5), by=by
    ),
    "look": lambda _, look, place, by: look(locations.location, place, by=by),
    "orders": lambda _, look, place, by: look(boards.orders_at, place, Filters(), by=by),
    "head": lambda _, look, place, by: look(boards.head, place, by=by),
    "change": lambda do, _, place, by: do(upkeep.change, place, PlaceForm(name="Mine"), by=by),
    "archive": lambda do, _, place, by: do(upkeep.archive, place, by=by),
    "restore": lambda do, _, place, by: do(upkeep.restore, place, by=by),
    "stations": lambda _, look, place, by: look(stations.stations, place, by=by),
    "add": lambda do, _, place, by: do(stations.add, place, StationForm(name="Mine"), by=by),
    "export": lambda _, look, place, by: look(export.scope, Filters(location=place), by=by),
}


OF_ISSUES: dict[str, Ask] = {
    "update": lambda do, _, ref, by: do(issues.update, ref, IssueForm(text="!"), by=by),
    "remove": lambda do, _, ref, by: do(issues.remove, ref, SeenForm(), by=by),
    "resolve": lambda do, _, ref, by: do(
        issues.resolve, ref, ResolveForm(outcome=IssueOutcome.CONTACTED, note="!"), by=by
    ),
    "reopen": lambda do, _, ref, by: do(issues.reopen, ref, SeenForm(), by=by),
    "attach": lambda do, _, ref, by: do(
        issues.attach, ref, Drawn("cup.png", "image/png", b"."), by=by
    ),
    "look": lambda _, look, ref, by: look(resolution.issue, ref, by=by),
    "download": lambda _, look, ref, by: look(resolution.attachment, ref, "att_0", by=by),
}


def refusal(ask: Ask, do: Do, look: Look, thing: Any, by: Actor) -> bytes:
    with pytest.raises(Refused) as refused:
        ask(do, look, thing, by)
    answer = problem(refused.value)
    return str(answer.status).encode() + answer.body


@pytest.mark.parametrize("ask", OF_ORDERS.values(), ids=OF_ORDERS)
@pytest.mark.parametrize("name", ["id", "code"])
def test_a_foreign_order_answers_like_an_absent_one(
    do: Do, look: Look, cast: Cast, ask: Ask, name: str
) -> None:
    absent = {"id": "ord_00000000000000000000000000", "code": "XXXX9"}[name]
    order = placed(do, cast, cast.kitchen)

    for stranger in (cast.cora, cast.ben, cast.dan):
        foreign = refusal(ask, do, look, order[name], stranger)
        assert foreign == refusal(ask, do, look, absent, stranger)
        assert foreign.startswith(b"404")


@pytest.mark.parametrize("ask", OF_ISSUES.values(), ids=OF_ISSUES)
def test_a_foreign_issue_answers_like_an_absent_one(
    do: Do, look: Look, cast: Cast, ask: Ask
) -> None:
    order = placed(do, cast, cast.kitchen)
    issue = do(issues.flag, order["id"], FlagForm(type=IssueType.OTHER), by=cast.ana).issue

    for stranger in (cast.cora, cast.ben, cast.dan):
        foreign = refusal(ask, do, look, issue, stranger)
        assert foreign == refusal(ask, do, look, "iss_00000000000000000000000000", stranger)
        assert foreign.startswith(b"404")


@pytest.mark.parametrize("ask", OF_LOCATIONS.values(), ids=OF_LOCATIONS)
def test_a_foreign_location_answers_like_an_absent_one(
    do: Do, look: Look, cast: Cast, ask: Ask
) -> None:
    for stranger, place in (
        (cast.cora, cast.bar),
        (cast.ben, cast.kitchen),
        (cast.ana, cast.island),
    ):
        foreign = refusal(ask, do, look, place, stranger)
        absent = refusal(ask, do, look, 424242, stranger)
        assert foreign.replace(b"location %d" % place, b"location 424242") == absent


def test_nobody_lists_counts_or_finds_what_is_not_theirs(do: Do, look: Look, cast: Cast) -> None:
    placed(do, cast)
    placed(do, cast, cast.kitchen)
    filters = (Filters(), Filters(q="maria"), Filters(q="4567"), Filters(customer="Maria K."),
               Filters(location=cast.bar), Filters(location=cast.kitchen))  # fmt: skip

    def found(by: Actor) -> list[int]:
        return [len(look(boards.orders, one, by=by).orders) for one in filters]

    assert found(cast.ana) == [2, 2, 2, 2, 1, 1]
    assert found(cast.ben) == found(cast.dan) == [1, 1, 1, 1, 1, 0]
    assert found(cast.cora) == [0] * 6
    assert look(boards.count, None, by=cast.cora)["stages"] == {}
    assert look(boards.count, None, by=cast.ben)["stages"] == {"pending": 1}
    assert look(boards.count, cast.kitchen, by=cast.ben)["stages"] == {}


def test_a_cursor_of_one_organization_opens_nothing_of_another(
    do: Do, look: Look, cast: Cast
) -> None:
    for _ in range(2):
        placed(do, cast)
    cursor = look(boards.orders, Filters(limit=1), by=cast.ana).next

    assert look(boards.orders, Filters(cursor=cursor), by=cast.cora).orders == []


def test_everybody_sees_the_locations_they_work_at(look: Look, cast: Cast) -> None:
    def seen(by: Actor) -> list[str]:
        return [place["name"] for place in look(locations.visible, by=by)]

    assert seen(cast.ana) == ["Bar South", "Festival", "Kitchen", "Record Store", "Warehouse"]
    assert seen(cast.ben) == seen(cast.dan) == ["Bar South"]
    assert seen(cast.cora) == ["Island"]


def test_a_key_limited_to_a_location_is_a_stranger_elsewhere(do: Do, cast: Cast) -> None:
    limited = cast.shop.__class__(
        cast.shop.role, cast.harbour, "Bar till", "key:7", frozenset({cast.bar})
    )
    order = placed(do, cast, cast.kitchen)

    with pytest.raises(NotFound):
        do(lifecycle.advance, order["id"], "accepted", MoveForm(), by=limited)
