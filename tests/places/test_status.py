"""Busy and paused: never without an end, an owner and a reason; and over when they are over."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from pydantic import ValidationError
from sqlmodel import Session, select

from server.clock import now
from server.errors import Conflict, Refused
from server.models import Change, Location
from server.orders import boards, intake
from server.orders.forms import StatusForm
from server.people import changelog
from server.places import locations, status, upkeep
from server.places.forms import LocationForm, PlaceForm
from tests.cast import Cast, wish
from tests.hands import Do, Look

WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"until": None},
    {"minutes": None},
    {"minutes": 0},
    {"minutes": -5},
    {"minutes": 7 * 24 * 60 + 1},
    {"minutes": 5, "until": "2099-01-01T00:00:00Z"},
    {"until": "2099-01-01T00:00:00Z"},
    {"until": "2001-01-01T00:00:00Z"},
    {"until": "9999-12-31T23:59:59Z"},
    {"until": "infinity"},
    {"minutes": 5.5},
    {"minutes": "5"},
)


@pytest.mark.parametrize("state", ["busy", "paused"])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_nothing_can_be_left_on(
    do: Do, look: Look, cast: Cast, state: str, way: dict[str, Any]
) -> None:
    with pytest.raises((Refused, ValidationError)):
        shut(do, cast, {"state": state} | way)

    assert look(endless) == []
    assert look(locations.location, cast.bar, by=cast.ana)["status"]["state"] == "open"


def shut(do: Do, cast: Cast, asked: dict[str, Any]) -> None:
    do(status.set_status, cast.bar, StatusForm.model_validate(asked), by=cast.ana)


@pytest.mark.parametrize("form", [LocationForm, PlaceForm])
def test_no_other_form_knows_of_it(form: Any) -> None:
    assert not [name for name in form.model_fields if "status" in name]


def endless(session: Session) -> list[str]:
    """Places that are shut and would stay so."""
    shut = session.exec(select(Location).where(Location.status != "open")).all()
    return [place.name for place in shut if place.status_until is None]


def test_whoever_reads_after_the_end_reads_open(do: Do, look: Look, cast: Cast) -> None:
    form = StatusForm(state="paused", minutes=5, reason="Fire")
    do(status.set_status, cast.bar, form, by=cast.ben)
    do(set_back, cast.bar)

    shown = look(locations.location, cast.bar, by=cast.ana)

    assert shown["status"] == {"state": "open", "reason": None, "by": None, "until": None}
    assert do(status.reopen_due, now()) == 1
    assert orjson.loads(do.bell.rung[-1].thing)["status"]["state"] == "open"


def set_back(session: Session, location: int) -> None:
    """Its time has just run out."""
    session.get_one(Location, location).status_until = now() - timedelta(seconds=1)


def test_the_change_log_says_who_paused_what_until_when(do: Do, look: Look, cast: Cast) -> None:
    form = StatusForm(state="paused", minutes=5, reason="Fire")
    told = do(status.set_status, cast.bar, form, by=cast.ben)

    [line] = look(changelog.listed, by=cast.ana).changes
    assert (line["kind"], line["subject"], line["by"]["name"]) == (
        "location.paused", "Bar South", "Ben")  # fmt: skip
    assert line["detail"] == {"reason": "Fire", "until": told["status"]["until"]}
    assert look(lambda session: len(session.exec(select(Change)).all())) == 1


def test_an_archived_place_is_neither_busy_nor_paused(do: Do, cast: Cast) -> None:
    do(upkeep.archive, cast.bar, by=cast.ana)

    with pytest.raises(Conflict, match="restore it first"):
        do(status.set_status, cast.bar, StatusForm(state="busy", minutes=5), by=cast.ana)


def test_a_paused_place_takes_what_was_sold_elsewhere_and_says_so(
    do: Do, look: Look, cast: Cast
) -> None:
    do(status.set_status, cast.bar, StatusForm(state="paused", minutes=5), by=cast.ben)

    do(intake.place, wish(cast.bar), by=cast.shop)

    [order] = look(boards.snapshot, cast.bar).orders
    _, past = look(boards.order, orjson.loads(order)["id"], by=cast.ana)
    assert past[0]["detail"] == {"while": "paused"}
