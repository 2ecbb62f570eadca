"""Taps that waited offline: they carry what was on the screen, and are merged or refused."""

from datetime import timedelta

import pytest

from server.clock import now
from server.errors import Conflict, DependencyFailed, NeedsPerson, Stale
from server.models import StoredAnswer
from server.orders import details, lifecycle
from server.orders.changes import Outcome
from server.orders.forms import ChangeForm
from server.orders.stages import Flow
from tests.cast import Cast
from tests.hands import Do
from tests.journeys import Card, brought, card, move, placed, told


def tap(do: Do, cast: Cast, order: Card, to: str, *, hours: float = 0.1) -> Outcome:
    """Dan's tap on the card as he saw it, sent later."""
    waited = told(to, seen=order["version"], tapped_at=now() - timedelta(hours=hours))
    return do(lifecycle.advance, order["id"], to, waited, by=cast.dan)


def test_a_tap_on_an_order_that_nobody_has_touched_is_done(do: Do, cast: Cast) -> None:
    order = placed(do, cast)

    outcome = tap(do, cast, order, "ready")

    assert (card(outcome)["stage"], outcome.merged, outcome.noop) == ("ready", False, False)


def test_a_step_forward_is_merged_if_it_is_still_legal(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    move(do, order, "ready", cast.ana)

    outcome = tap(do, cast, order, "fulfilled")

    assert (card(outcome)["stage"], outcome.merged) == ("fulfilled", True)


def test_a_correction_meanwhile_does_not_stop_a_tap(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    do(details.change, order["id"], ChangeForm(instructions="no ice"), by=cast.ana)

    outcome = tap(do, cast, order, "ready")

    assert (card(outcome)["stage"], outcome.merged) == ("ready", True)


@pytest.mark.parametrize("way", ["ready", "ready fulfilled"])
def test_an_order_that_is_already_there_or_beyond_is_left_alone(
    do: Do, cast: Cast, way: str
) -> None:
    order = now_at = placed(do, cast)
    for stage in way.split():
        now_at = move(do, now_at, stage, cast.ana)

    outcome = tap(do, cast, order, "ready")

    assert (outcome.noop, card(outcome)) == (True, now_at)


def test_what_was_passed_over_is_beyond_too(do: Do, cast: Cast) -> None:
    order = brought(do, cast, Flow.DELIVERY, "incoming")
    kitchen = cast.ana
    later = move(do, move(do, order, "accepted", kitchen), "bagging", kitchen)
    waited = told("accepted", seen=1)

    outcome = do(lifecycle.advance, order["id"], "accepted", waited, by=kitchen)

    assert (outcome.noop, outcome.version) == (True, later["version"])


def test_an_order_cancelled_meanwhile_needs_a_person(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    move(do, order, "cancelled", cast.ana)

    with pytest.raises(NeedsPerson, match="Cancelled") as refused:
        tap(do, cast, order, "ready")

    assert refused.value.more["changed"]["by"] == "Ana"


def test_a_step_that_is_no_longer_legal_is_a_conflict(do: Do, cast: Cast) -> None:
    order = brought(do, cast, Flow.DELIVERY, "incoming accepted")
    move(do, order, "ready", cast.ana)

    with pytest.raises(Conflict, match="Ready"):
        do(lifecycle.advance, order["id"], "bagging", told("bagging", seen=2), by=cast.ana)


def test_a_step_back_must_see_the_order_as_it_is(do: Do, cast: Cast) -> None:
    ready = move(do, placed(do, cast), "ready", cast.dan)
    move(do, ready, "fulfilled", cast.ana)

    with pytest.raises(Stale, match="Ana"):
        tap(do, cast, ready, "pending")


def test_a_step_back_on_what_was_seen_is_done(do: Do, cast: Cast) -> None:
    ready = move(do, placed(do, cast), "ready", cast.dan)

    assert card(tap(do, cast, ready, "pending"))["stage"] == "pending"


@pytest.mark.parametrize("meanwhile", ["ready", "fulfilled"])
def test_a_cancellation_must_see_the_order_as_it_is(do: Do, cast: Cast, meanwhile: str) -> None:
    order = placed(do, cast)
    move(do, order, meanwhile, cast.ana)

    with pytest.raises(Stale, match="Ana"):
        tap(do, cast, order, "cancelled")


def test_a_tap_that_was_set_back_meanwhile_is_done_again(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    ready = move(do, order, "ready", cast.ana)
    move(do, ready, "pending", cast.ana)

    outcome = tap(do, cast, order, "ready")

    assert (card(outcome)["stage"], outcome.merged) == ("ready", True)


def test_after_an_undo_the_seen_version_means_the_stage_it_had(do: Do, cast: Cast) -> None:
    ready = move(do, placed(do, cast), "ready", cast.ana)
    undone = card(do(lifecycle.undo, ready["id"], by=cast.ana))
    fulfilled = move(do, undone, "fulfilled", cast.ana)

    outcome = do(lifecycle.advance, ready["id"], "pending", told("pending", seen=3), by=cast.dan)

    assert (outcome.noop, outcome.version) == (True, fulfilled["version"])


def test_twelve_hours_are_too_long_for_any_tap(do: Do, cast: Cast) -> None:
    order = placed(do, cast)

    with pytest.raises(NeedsPerson, match="12 hours"):
        tap(do, cast, order, "ready", hours=12.1)
    assert card(tap(do, cast, order, "ready", hours=11.9))["stage"] == "ready"


def test_a_version_from_the_future_is_one_that_is_not_there(do: Do, cast: Cast) -> None:
    order = placed(do, cast)

    with pytest.raises(Stale):
        do(lifecycle.advance, order["id"], "cancelled", told("cancelled", seen=9), by=cast.dan)


def kept(do: Do, cast: Cast, key: str, status: int) -> None:
    """Dan's earlier request of this key was answered so."""
    answer = StoredAnswer(caller=cast.dan.key, key=key, fingerprint="", status=status, at=now())
    do(lambda session: session.add(answer))


def test_a_tap_built_on_one_that_was_done_is_done(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    move(do, order, "ready", cast.dan)
    kept(do, cast, "first", 200)

    outcome = do(
        lifecycle.advance,
        order["id"],
        "fulfilled",
        told("fulfilled", seen=1, after="first"),
        by=cast.dan,
    )

    assert card(outcome)["stage"] == "fulfilled"


@pytest.mark.parametrize("status", [409, None])
def test_a_tap_built_on_one_that_was_refused_or_never_came_is_refused(
    do: Do, cast: Cast, status: int | None
) -> None:
    order = placed(do, cast)
    if status:
        kept(do, cast, "first", status)
    waited = told("fulfilled", seen=1, after="first")

    with pytest.raises(DependencyFailed, match="the change before it was refused") as refused:
        do(lifecycle.advance, order["id"], "fulfilled", waited, by=cast.dan)

    assert refused.value.more["changed"]["by"] == "Web shop"
