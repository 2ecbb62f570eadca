"""Locations set up, changed, put away and taken back; and their stations."""

from datetime import datetime
from typing import Any

import orjson
import pytest

from server.errors import Conflict, Forbidden, Invalid, NotFound, Overtaken
from server.events import heads
from server.people import changelog
from server.people.actors import Actor
from server.places import locations, stations, upkeep
from server.places.forms import LocationForm, PlaceForm
from server.recognition import access_versions
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import Card, move, placed, row


def new(**more: Any) -> LocationForm:
    return LocationForm.model_validate(
        {"name": "Bar North", "kind": "bar", "flow": "onsite"} | more
    )


def change(do: Do, place: int, by: Actor, match: int | None = None, **asked: Any) -> Any:
    return do(upkeep.change, place, PlaceForm.model_validate(asked), by=by, match=match)


def card(look: Look, order: Card) -> Card:
    """An order as it is drawn now."""
    whole: Card = orjson.loads(row(look, order).card)
    return whole


def logged(look: Look, cast: Cast) -> list[tuple[str, str]]:
    changes = look(changelog.listed, by=cast.ana).changes
    return [(line["kind"], line["subject"]) for line in reversed(changes)]


def test_a_new_location_takes_orders_at_once(do: Do, look: Look, cast: Cast) -> None:
    before = look(access_versions, [cast.harbour])[cast.harbour]

    place = do(upkeep.create, new(stations=["Bar", "Grill"], prep_minutes=8), by=cast.ana)

    assert (place["timezone"], place["prep_minutes"]) == ("Europe/Helsinki", 8)
    assert look(heads, [place["channel"]]).channels[place["channel"]].offset == 1
    assert look(access_versions, [cast.harbour])[cast.harbour] == before + 1
    assert place in look(locations.visible, by=cast.ana)
    names = [s["name"] for s in look(stations.stations, place["id"], by=cast.ana)]
    assert names == ["Bar", "Grill"]
    assert placed(do, cast, place["id"])["location"] == place["id"]
    assert logged(look, cast) == [("location.created", "Bar North")]


def test_only_who_works_everywhere_sets_locations_up(do: Do, cast: Cast) -> None:
    for somebody in (cast.ben, cast.dan):
        with pytest.raises(Forbidden):
            do(upkeep.create, new(), by=somebody)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"starts_at": "2026-06-02T12:00:00Z", "ends_at": "2026-06-01T12:00:00Z"}, "ends_at"),
        ({"thresholds": {"fulfilled": {"warn_seconds": 1, "late_seconds": 2}}},
         "thresholds.fulfilled"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(do: Do, cast: Cast, asked: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        change(do, cast.bar, cast.ana, **asked)

    assert refused.value.field == field


@pytest.mark.parametrize(
    "asked",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": "europe/helsinki"},
        {"timezone": "/etc/localtime"},
        {"prep_minutes": -1},
        {"name": " "},
        {"kind": "castle"},
        {"thresholds": {"pending": {"warn_seconds": 5, "late_seconds": 5}}},
        {"thresholds": {"pending": {"warn_seconds": 0, "late_seconds": 5}}},
        {"status": "paused"},
        {"status_until": None},
    ],
)
def test_nonsense_is_no_form(asked: Any) -> None:
    with pytest.raises(ValueError, match="validation error"):
        PlaceForm.model_validate(asked)


def test_a_manager_changes_their_own_location(do: Do, look: Look, cast: Cast) -> None:
    place = change(do, cast.bar, cast.ben, match=1, name="Bar West", prep_minutes=12, capacity=300)

    assert (place["name"], place["prep_minutes"], place["version"]) == ("Bar West", 12, 2)
    assert logged(look, cast) == [("location.changed", "Bar West")]
    kinds = [(rung.channel, rung.kind) for rung in do.bell.rung]
    assert kinds == [
        (f"location:{cast.bar}", "location.changed"),
        (f"organization:{cast.harbour}", "settings.changed"),
    ]
    with pytest.raises(NotFound):
        change(do, cast.kitchen, cast.ben, name="Mine")
    with pytest.raises(Forbidden):
        change(do, cast.bar, cast.dan, name="Mine")


def test_two_at_once_are_one_and_a_refusal(do: Do, cast: Cast) -> None:
    change(do, cast.bar, cast.ben, match=1, prep_minutes=12)

    with pytest.raises(Overtaken, match="Bar South has been changed by Ben") as refused:
        change(do, cast.bar, cast.ana, match=1, prep_minutes=13)

    assert refused.value.more["location"]["prep_minutes"] == 12


def test_what_is_as_it_was_is_no_change(do: Do, cast: Cast) -> None:
    assert change(do, cast.bar, cast.ana, prep_minutes=5, name="Bar South")["version"] == 1
    assert do.bell.rung == []


def test_thresholds_colour_the_orders_that_stand_there(do: Do, look: Look, cast: Cast) -> None:
    order, promised = placed(do, cast), placed(do, cast, due_at="2030-01-01T12:00:00Z")

    place = change(
        do, cast.bar, cast.ana, thresholds={"pending": {"warn_seconds": 30, "late_seconds": 60}}
    )

    assert place["thresholds"]["pending"] == {"warn_seconds": 30, "late_seconds": 60}
    assert place["thresholds"]["ready"] == {"warn_seconds": 600, "late_seconds": 1200}
    assert seconds(card(look, order)) == [30, 60]
    assert card(look, promised)["timer"]["late_at"] == promised["timer"]["late_at"]
    assert seconds(placed(do, cast)) == [30, 60]
    assert seconds(move(do, order, "ready", cast.ana)) == [600, 1200]

    usual = change(do, cast.bar, cast.ana, thresholds={"pending": None})
    assert usual["thresholds"]["pending"] == {"warn_seconds": 300, "late_seconds": 480}


def seconds(drawn: Card) -> list[float]:
    since, *then = (
        datetime.fromisoformat(drawn["timer"][name]) for name in ("since", "warn_at", "late_at")
    )
    return [(at - since).total_seconds() for at in then]


def test_another_time_zone_shows_on_every_card_of_the_board(do: Do, look: Look, cast: Cast) -> None:
    order = move(do, placed(do, cast), "ready", cast.ana)

    change(do, cast.bar, cast.ana, timezone="America/New_York")

    shown = card(look, order)
    times = [shown["placed_at"], shown["moved"]["at"], *shown["timer"].values()]
    assert {at[-6:] for at in times} <= {"-04:00", "-05:00"}
    assert placed(do, cast)["placed_at"][-6:] in ("-04:00", "-05:00")
    assert shown["version"] == order["version"]


def test_a_location_is_put_away_only_when_nothing_is_open(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast)
    with pytest.raises(Conflict, match="1 order is still open at Bar South"):
        do(upkeep.archive, cast.bar, by=cast.ana)
    move(do, order, "fulfilled", cast.ana)

    place = do(upkeep.archive, cast.bar, by=cast.ana)

    assert place["archived"]
    assert cast.bar not in [one["id"] for one in look(locations.visible, by=cast.ana)]
    assert place in look(locations.visible, by=cast.ana, archived=True)
    with pytest.raises(Invalid, match="archived and takes no orders"):
        placed(do, cast)
    with pytest.raises(Conflict, match="restore it first"):
        change(do, cast.bar, cast.ana, name="Other")

    do(upkeep.restore, cast.bar, by=cast.ana)
    assert placed(do, cast)["stage"] == "pending"
    assert [kind for kind, _ in logged(look, cast)] == ["location.archived", "location.restored"]


def test_a_manager_puts_nothing_away(do: Do, cast: Cast) -> None:
    with pytest.raises(Forbidden, match="works at some locations only"):
        do(upkeep.archive, cast.bar, by=cast.ben)
