"""Scheduled orders: apart until due time minus prep time, or until somebody takes them up."""

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from server.clock import now
from server.errors import Conflict, Stale
from server.models import Location
from server.orders import boards, details, scheduled
from server.orders.boards import Filters
from server.orders.forms import ChangeForm
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import card, move, placed

PREP = timedelta(minutes=10)  # at the bar


def due(minutes: float) -> str:
    return (now() + timedelta(minutes=minutes)).isoformat()


def at(text: str | None) -> datetime:
    assert text
    return datetime.fromisoformat(text)


def listed(look: Look, cast: Cast, **filters: Any) -> set[str]:
    page = look(boards.orders, Filters(location=cast.bar, **filters), by=cast.ana)
    return {orjson.loads(body)["id"] for body in page.orders}


@pytest.fixture
def prep(do: Do, cast: Cast) -> None:
    do(lambda session: setattr(session.get_one(Location, cast.bar), "prep_minutes", 10))


@pytest.mark.usefixtures("prep")
def test_an_order_surfaces_at_its_due_time_minus_the_prep_time(do: Do, cast: Cast) -> None:
    order = placed(do, cast, due_at=due(60))

    assert at(order["due_at"]) - at(order["surfaces_at"]) == PREP
    assert placed(do, cast)["surfaces_at"] is None


@pytest.mark.usefixtures("prep")
def test_its_timer_begins_when_it_surfaces_and_ends_when_it_is_due(do: Do, cast: Cast) -> None:
    order = placed(do, cast, due_at=due(60))

    assert order["timer"]["since"] == order["surfaces_at"]
    assert order["timer"]["late_at"] == order["due_at"]
    assert at(order["due_at"]) - at(order["timer"]["warn_at"]) == PREP / 4


@pytest.mark.usefixtures("prep")
def test_taken_up_by_hand_it_is_scheduled_no_more(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast, due_at=due(60))
    assert listed(look, cast, scheduled=True) == {order["id"]}

    taken = card(do(scheduled.surface, order["id"], by=cast.dan, match=1))

    assert (taken["surfaces_at"], taken["version"]) == (None, 2)
    assert abs(at(taken["timer"]["since"]) - now()) < timedelta(minutes=1)
    assert listed(look, cast, scheduled=True) == set()
    assert listed(look, cast, scheduled=False) == {order["id"]}
    told = look(boards.order, order["id"], by=cast.ana)[1][-1]
    assert (told["kind"], told["detail"], told["by"]["name"]) == (
        "order.changed",
        {"surfaced": True},
        cast.dan.name,
    )
    assert do.bell.rung[-1].kind == "order.changed"


def test_what_has_surfaced_already_stays_as_it_is(do: Do, cast: Cast) -> None:
    order = placed(do, cast, due_at=due(-1))

    assert do(scheduled.surface, order["id"], by=cast.dan).noop


def test_what_is_wanted_at_once_cannot_be_taken_up(do: Do, cast: Cast) -> None:
    order = placed(do, cast)

    with pytest.raises(Conflict, match="as soon as possible"):
        do(scheduled.surface, order["id"], by=cast.dan)


def test_who_looked_at_an_older_version_is_told(do: Do, cast: Cast) -> None:
    order = placed(do, cast, due_at=due(60))
    do(details.change, order["id"], ChangeForm(instructions="ring"), by=cast.ana)

    with pytest.raises(Stale):
        do(scheduled.surface, order["id"], by=cast.dan, match=order["version"])


@pytest.mark.usefixtures("prep")
def test_begun_with_it_is_scheduled_no_more_and_taken_back_it_is_again(
    do: Do, look: Look, cast: Cast
) -> None:
    order = placed(do, cast, due_at=due(60))

    ready = move(do, order, "ready", cast.dan)
    back = move(do, ready, "pending", cast.dan)

    assert ready["surfaces_at"] is None
    assert back["surfaces_at"] == order["surfaces_at"]
    assert listed(look, cast, scheduled=True) == {order["id"]}


@pytest.mark.usefixtures("prep")
def test_wanted_at_another_time_it_is_planned_anew(do: Do, cast: Cast) -> None:
    order = placed(do, cast, due_at=due(60))
    do(scheduled.surface, order["id"], by=cast.dan)

    later = ChangeForm(due_at=now() + timedelta(hours=5))
    changed = card(do(details.change, order["id"], later, by=cast.ana))
    soon = card(do(details.change, order["id"], ChangeForm(due_at=None), by=cast.ana))

    assert at(changed["due_at"]) - at(changed["surfaces_at"]) == PREP
    assert (soon["due_at"], soon["surfaces_at"]) == (None, None)
