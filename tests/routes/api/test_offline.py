"""Taps that waited without a connection: `seen` and `tapped_at` instead of If-Match."""

from datetime import timedelta
from typing import Any

import pytest

from server.clock import now
from tests.callers import Caller
from tests.cast import Cast


@pytest.fixture
def path(shop: Caller, cast: Cast) -> str:
    """A pending order of the bar, seen at version 1."""
    return f"/orders/{shop.place(cast.bar)['code']}"


def tap(to: str, seen: int = 1, *, hours: float = 1, **more: Any) -> dict[str, Any]:
    """A move as a queue sends it."""
    return {
        "to": to,
        "seen": seen,
        "tapped_at": (now() - timedelta(hours=hours)).isoformat(),
        **more,
    }


def test_a_move_on_is_merged_when_it_is_still_legal(shop: Caller, path: str) -> None:
    shop.patch(path, {"instructions": "Hot"})

    answer = shop.post(f"{path}/advance", tap("ready"))

    assert (answer.status_code, answer.json()["stage"]) == (200, "ready")
    assert answer.json()["merged"] is True


def test_a_move_on_that_was_seen_currently_is_not_called_merged(shop: Caller, path: str) -> None:
    assert "merged" not in shop.post(f"{path}/advance", tap("ready")).json()


def test_somebody_else_was_there_before(shop: Caller, path: str) -> None:
    shop.post(f"{path}/ready")

    there = shop.post(f"{path}/advance", tap("ready"))
    shop.post(f"{path}/complete")
    beyond = shop.post(f"{path}/advance", tap("ready"))

    assert (there.json()["noop"], beyond.json()["noop"]) == (True, True)
    assert beyond.json()["stage"] == "fulfilled"


def test_cancelled_meanwhile(shop: Caller, path: str) -> None:
    shop.post(f"{path}/cancel", {"reason": "other"}, if_match='"1"')

    answer = shop.post(f"{path}/advance", tap("ready"))

    assert answer.status_code == 409
    assert answer.json()["order"]["stage"] == "cancelled"


@pytest.mark.parametrize("move", [tap("cancelled", reason="other"), tap("pending", seen=2)])
def test_what_must_see_the_present_version_is_not_merged(
    shop: Caller, path: str, move: dict[str, Any]
) -> None:
    shop.post(f"{path}/ready")
    shop.patch(path, {"instructions": "Hot"})

    answer = shop.post(f"{path}/advance", move)

    assert (answer.status_code, answer.json()["order"]["version"]) == (412, 3)


def test_a_step_back_that_was_overtaken_is_not_taken_for_a_step_on(shop: Caller, path: str) -> None:
    shop.post(f"{path}/ready")
    shop.post(f"{path}/complete")

    answer = shop.post(f"{path}/advance", tap("pending", seen=2))

    assert answer.status_code == 412


def test_after_twelve_hours_a_person_decides(shop: Caller, path: str) -> None:
    answer = shop.post(f"{path}/advance", tap("ready", hours=13))

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/needs-person")
    assert answer.json()["order"]["stage"] == "pending"


def test_if_match_is_stronger_than_what_was_seen(shop: Caller, path: str) -> None:
    shop.patch(path, {"instructions": "Hot"})

    answer = shop.post(f"{path}/advance", tap("ready", seen=2), if_match='"1"')

    assert answer.status_code == 412
