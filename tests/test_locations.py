"""Locations, and how busy they are."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from server.clock import now
from server.errors import Forbidden, Invalid
from server.orders.forms import StatusForm
from server.places import locations, status
from tests.cast import Cast
from tests.hands import Do, Look


def form(state: str, **more: Any) -> StatusForm:
    return StatusForm.model_validate({"state": state, **more})


def test_a_location_is_shown_with_its_flow_and_status(look: Look, cast: Cast) -> None:
    bar = look(locations.location, cast.bar, by=cast.dan)

    assert bar == {
        "id": cast.bar,
        "name": "Bar South",
        "kind": "bar",
        "flow": "onsite",
        "timezone": "Europe/Helsinki",
        "prep_minutes": 5,
        "starts_at": None,
        "ends_at": None,
        "capacity": None,
        "labels": {
            "pending": "Pending",
            "ready": "Ready",
            "fulfilled": "Fulfilled",
            "resolved": "Resolved",
            "cancelled": "Cancelled",
        },
        "thresholds": {
            "pending": {"warn_seconds": 300, "late_seconds": 480},
            "ready": {"warn_seconds": 600, "late_seconds": 1200},
        },
        "archived": False,
        "version": 1,
        "status": {"state": "open", "reason": None, "by": None, "until": None},
        "channel": f"location:{cast.bar}",
    }


def test_a_busy_place_says_who_said_so_why_and_until_when(do: Do, look: Look, cast: Cast) -> None:
    busy = do(status.set_status, cast.bar, form("busy", minutes=20, reason="Rush"), by=cast.ben)

    assert (busy["version"], busy["status"]["state"]) == (2, "busy")
    assert (busy["status"]["by"], busy["status"]["reason"]) == ("Ben", "Rush")
    assert busy["status"]["until"][-6:] in ("+02:00", "+03:00")
    assert look(locations.location, cast.bar, by=cast.ben) == busy


def test_a_changed_place_is_announced_whole_without_counts_of_its_own(do: Do, cast: Cast) -> None:
    paused = do(status.set_status, cast.bar, form("paused", minutes=5), by=cast.ben)

    (rung,) = do.bell.rung
    assert (rung.channel, rung.kind) == (f"location:{cast.bar}", "location.changed")
    assert (rung.key, rung.counts) == ("location", b"{}")
    assert orjson.loads(rung.thing) == paused


def test_opening_a_place_clears_why_it_was_not(do: Do, cast: Cast) -> None:
    do(status.set_status, cast.bar, form("paused", minutes=5, reason="Fire"), by=cast.ben)

    opened = do(status.set_status, cast.bar, form("open", reason="Fine"), by=cast.ben)

    assert opened["status"] == {"state": "open", "reason": None, "by": None, "until": None}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({}, "until"),
        ({"minutes": 5, "until": now() + timedelta(hours=1)}, "minutes"),
        ({"until": now() - timedelta(seconds=1)}, "until"),
        ({"until": now() + timedelta(days=8)}, "until"),
    ],
)
def test_nobody_closes_a_place_without_a_sensible_end(
    do: Do, cast: Cast, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        do(status.set_status, cast.bar, form("busy", **more), by=cast.ben)

    assert refused.value.field == field


def test_staff_may_not_close_a_place_and_are_told_who_may(do: Do, cast: Cast) -> None:
    with pytest.raises(Forbidden, match="admin or manager"):
        do(status.set_status, cast.bar, form("busy", minutes=5), by=cast.dan)


def test_a_place_opens_by_itself_when_its_time_is_over(do: Do, look: Look, cast: Cast) -> None:
    do(status.set_status, cast.bar, form("busy", minutes=5), by=cast.ben)
    do(status.set_status, cast.kitchen, form("paused", minutes=50), by=cast.ana)

    opened = do(status.reopen_due, now() + timedelta(minutes=6))

    assert opened == 1
    bar = look(locations.location, cast.bar, by=cast.ana)
    assert (bar["version"], bar["status"]["state"]) == (3, "open")
    assert look(locations.location, cast.kitchen, by=cast.ana)["status"]["state"] == "paused"
    rung = do.bell.rung[-1]
    assert (rung.by, orjson.loads(rung.thing)) == (b'{"name":"Heard","device":null}', bar)
    assert do(status.reopen_due, now() + timedelta(minutes=6)) == 0
