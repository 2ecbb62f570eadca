"""Flags over orders: opened, corrected, removed, resolved, reopened."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from server.clock import now
from server.errors import Conflict, Invalid, NeedsPerson, Stale
from server.events import Audience
from server.orders import boards, cards, details, issues, lifecycle, resolution
from server.orders.attachments import Drawn
from server.orders.forms import ChangeForm, FlagForm, IssueForm, MoveForm, ResolveForm, SeenForm
from server.orders.issues import OPEN_LIMIT, Flagged
from server.orders.reasons import IssueOutcome, IssueType
from server.orders.stages import Flow
from server.people.actors import Actor
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import Card, brought, card, move, placed

NOW_SEEN = SeenForm()
DONE = ResolveForm(outcome=IssueOutcome.REFUNDED_FULL, note="Money is back")
PHOTO = Drawn("cup.jpg", "image/jpeg", b"a picture", 4, 3)


def flagged(do: Do, order: Card, by: Actor, kind: str = "full_refund", **more: Any) -> Flagged:
    """An order, flagged by somebody."""
    form = FlagForm.model_validate({"type": kind, **more})
    return do(issues.flag, order["id"], form, by=by)


def resolved(do: Do, outcome: Flagged, by: Actor) -> Card:
    """The order after that issue was resolved."""
    return card(do(issues.resolve, outcome.issue, DONE, by=by))


def test_a_flag_lies_over_the_stage_and_stands_in_the_card(do: Do, cast: Cast) -> None:
    order = placed(do, cast)

    outcome = flagged(do, order, cast.dan, text="Cold, and late", lines=[2, 2], priority="high")

    told = card(outcome)
    [issue] = told["issues"]
    assert (told["stage"], told["version"], told["flagged"]) == ("pending", 2, True)
    assert issue == {
        "id": outcome.issue,
        "type": "full_refund",
        "priority": "high",
        "text": "Cold, and late",
        "lines": [2],
        "state": "open",
        "version": 2,
        "opened_at": issue["opened_at"],
        "opened_by": "Dan",
        "outcome": None,
        "note": None,
        "settled_at": None,
        "settled_by": None,
        "attachments": [],
    }
    rung = do.bell.rung[-1]
    assert (rung.kind, rung.thing, rung.counts) == (
        "order.flagged",
        outcome.card,
        b'{"pending":1}',
    )


def test_what_else_happens_to_an_order_keeps_its_issues(do: Do, cast: Cast) -> None:
    order = card(flagged(do, placed(do, cast), cast.dan))

    moved = move(do, order, "ready", cast.dan)
    changed = card(
        do(details.change, order["id"], ChangeForm(instructions="Hot"), by=cast.ana, match=3)
    )
    undone = card(do(lifecycle.undo, order["id"], by=cast.dan))

    assert moved["issues"] == changed["issues"] == undone["issues"] == order["issues"]
    assert (undone["stage"], undone["flagged"]) == ("pending", True)


def test_a_line_that_is_not_there_is_named(do: Do, cast: Cast) -> None:
    order = placed(do, cast)

    with pytest.raises(Invalid, match="no line 3") as refused:
        flagged(do, order, cast.dan, lines=[1, 3])

    assert refused.value.field == "lines.1"


def test_an_issue_is_corrected_by_the_one_who_saw_it(do: Do, cast: Cast) -> None:
    outcome = flagged(do, placed(do, cast), cast.dan)
    better = IssueForm(type=IssueType.PARTIAL_REFUND, text="Only the fries", seen=2)

    told = card(do(issues.update, outcome.issue, better, by=cast.ben))
    again = do(issues.update, outcome.issue, better, by=cast.ben)
    with pytest.raises(Stale):
        do(issues.update, outcome.issue, IssueForm(text="All", seen=2), by=cast.dan)

    [issue] = told["issues"]
    assert (issue["type"], issue["text"], issue["version"]) == (
        "partial_refund",
        "Only the fries",
        3,
    )
    assert (again.noop, again.version) == (True, 3)


def test_moving_the_order_is_no_reason_to_refuse_a_correction(do: Do, cast: Cast) -> None:
    outcome = flagged(do, placed(do, cast), cast.dan)
    do(lifecycle.advance, card(outcome)["id"], "ready", MoveForm(), by=cast.ben)

    told = do(issues.update, outcome.issue, IssueForm(text="All", seen=2), by=cast.dan)

    assert (told.merged, card(told)["issues"][0]["text"]) == (True, "All")


def test_a_flag_is_always_added_and_only_the_seen_one_is_resolved(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    first = flagged(do, order, cast.dan)
    second = flagged(do, order, cast.ben, "missing_items", seen=1)

    told = resolved(do, first, cast.ana)

    assert second.merged
    assert (told["stage"], told["flagged"]) == ("pending", True)
    assert [(one["id"], one["state"]) for one in told["issues"]] == [
        (second.issue, "open"),
        (first.issue, "resolved"),
    ]


@pytest.mark.parametrize("way", ["pending", "pending ready", "pending fulfilled"])
def test_resolving_the_last_issue_resolves_an_order_and_reopening_leads_back(
    do: Do, look: Look, cast: Cast, way: str
) -> None:
    order = brought(do, cast, Flow.ONSITE, way)
    outcome = flagged(do, order, cast.dan)

    told = resolved(do, outcome, cast.ana)
    counts = do.bell.rung[-1].counts
    back = card(do(issues.reopen, outcome.issue, NOW_SEEN, by=cast.ben))

    assert (told["stage"], told["kind"], told["flagged"]) == ("resolved", "done", False)
    assert (told["moved"]["by"], told["moved"]["from"]) == ("Ana", order["stage"])
    assert (told["issues"][0]["outcome"], told["issues"][0]["note"]) == (
        "refunded_full",
        "Money is back",
    )
    assert told["ended_at"]
    assert counts == b'{"resolved":1}'
    assert (back["stage"], back["flagged"], bool(back["ended_at"])) == (
        order["stage"],
        True,
        order["ended_at"] is not None,
    )
    assert back["next"] == order["next"]
    assert do.bell.rung[-1].counts == orjson.dumps({order["stage"]: 1})
    assert look(boards.count, cast.bar, by=cast.ana)["stages"] == {order["stage"]: 1}


@pytest.mark.parametrize("flow", [flow for flow in Flow if flow is not Flow.ONSITE])
def test_elsewhere_the_stage_stays(do: Do, cast: Cast, flow: Flow) -> None:
    order = placed(do, cast, cast.places[flow])

    told = resolved(do, flagged(do, order, cast.ana), cast.ana)

    assert (told["stage"], told["flagged"]) == (order["stage"], False)


def test_a_cancelled_order_stays_cancelled(do: Do, cast: Cast) -> None:
    order = brought(do, cast, Flow.ONSITE, "pending cancelled")

    told = resolved(do, flagged(do, order, cast.dan), cast.dan)

    assert (told["stage"], told["flagged"]) == ("cancelled", False)


def test_resolving_is_taken_back_by_reopening_and_not_by_undo(do: Do, cast: Cast) -> None:
    order = move(do, placed(do, cast), "ready", cast.dan)
    outcome = flagged(do, order, cast.dan)
    told = resolved(do, outcome, cast.dan)

    with pytest.raises(Conflict, match="no move"):
        do(lifecycle.undo, order["id"], by=cast.dan)

    assert told["moved"]["undo_until"] is None


def test_a_removed_flag_was_none_and_the_stage_stays(do: Do, cast: Cast) -> None:
    order = move(do, placed(do, cast), "fulfilled", cast.dan)
    outcome = flagged(do, order, cast.dan)

    told = card(do(issues.remove, outcome.issue, NOW_SEEN, by=cast.ben))
    again = do(issues.remove, outcome.issue, NOW_SEEN, by=cast.dan)

    assert (told["stage"], told["flagged"], told["issues"]) == ("fulfilled", False, [])
    assert again.noop
    with pytest.raises(Conflict):
        do(issues.resolve, outcome.issue, DONE, by=cast.dan)
    with pytest.raises(Conflict):
        do(issues.reopen, outcome.issue, NOW_SEEN, by=cast.dan)
    with pytest.raises(Conflict):
        do(issues.update, outcome.issue, IssueForm(text="!"), by=cast.dan)
    with pytest.raises(Conflict):
        do(issues.attach, outcome.issue, PHOTO, by=cast.dan)


def test_a_resolved_issue_is_neither_changed_nor_removed(do: Do, cast: Cast) -> None:
    outcome = flagged(do, placed(do, cast), cast.dan)
    resolved(do, outcome, cast.ana)

    assert do(issues.resolve, outcome.issue, DONE, by=cast.dan).noop
    with pytest.raises(Conflict, match="Ana"):
        do(issues.remove, outcome.issue, NOW_SEEN, by=cast.dan)
    with pytest.raises(Conflict):
        do(issues.update, outcome.issue, IssueForm(text="!"), by=cast.dan)


def test_a_tap_that_waited_too_long_needs_a_person(do: Do, cast: Cast) -> None:
    order = placed(do, cast)

    with pytest.raises(NeedsPerson):
        flagged(do, order, cast.dan, seen=1, tapped_at=(now() - timedelta(hours=13)).isoformat())


def test_a_version_that_was_named_and_is_gone_is_refused(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    form = FlagForm(type=IssueType.OTHER)

    with pytest.raises(Stale):
        do(issues.flag, order["id"], form, by=cast.dan, match=9)


def test_an_order_has_only_so_many_open_issues(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    for _ in range(OPEN_LIMIT):
        flagged(do, order, cast.dan, text="ж" * 500)

    with pytest.raises(Conflict, match="open issues"):
        flagged(do, order, cast.dan)


def test_an_order_that_fills_its_card_can_still_be_flagged(do: Do, cast: Cast) -> None:
    line = {"name": "Ж" * 110, "quantity": 1, "unit_price": 850}
    order = placed(do, cast, lines=[line] * 122)

    flagged(do, order, cast.dan, text="ж" * 500)
    flagged(do, order, cast.dan, text="ж" * 500)
    told = card(flagged(do, order, cast.dan, text="ж" * 500))

    assert [len(issue["text"]) for issue in told["issues"]] == [80] * 3


def test_the_history_tells_of_issues_without_their_words(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast)
    outcome = flagged(do, order, cast.dan, text="Maria was angry")
    do(issues.update, outcome.issue, IssueForm(text="Maria was very angry"), by=cast.dan)
    do(issues.attach, outcome.issue, PHOTO, by=cast.dan)
    resolved(do, outcome, cast.ana)
    do(issues.reopen, outcome.issue, NOW_SEEN, by=cast.ana)
    do(issues.remove, outcome.issue, NOW_SEEN, by=cast.ana)

    _, history = look(boards.order, order["id"], by=cast.ana)

    about = {"issue": outcome.issue, "type": "full_refund"}
    assert [(one["kind"], one["to"], one["detail"]) for one in history[1:]] == [
        ("order.flagged", None, about | {"priority": "medium"}),
        ("order.issue_changed", None, about | {"fields": ["text"]}),
        ("order.issue_changed", None, about | {"fields": ["attachments"]}),
        ("order.resolved", "resolved", about | {"outcome": "refunded_full"}),
        ("order.reopened", "pending", about),
        ("order.issue_removed", None, about),
    ]


def test_attachments_stand_in_the_card_and_are_limited(do: Do, look: Look, cast: Cast) -> None:
    outcome = flagged(do, placed(do, cast), cast.dan)

    told = [card(do(issues.attach, outcome.issue, PHOTO, by=cast.dan)) for _ in range(10)]
    with pytest.raises(Conflict, match="10 attachments"):
        do(issues.attach, outcome.issue, PHOTO, by=cast.dan)

    files = told[-1]["issues"][0]["attachments"]
    kept = look(resolution.attachment, outcome.issue, files[0]["id"], by=cast.ben)
    assert len(files) == 10
    assert (files[0]["name"], files[0]["size"], kept.content) == ("cup.jpg", 9, b"a picture")


def test_the_board_keeps_a_flagged_order_however_many_have_ended_since(
    do: Do, look: Look, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "ENDED_KEPT", 1)
    old = move(do, placed(do, cast), "fulfilled", cast.dan)
    outcome = flagged(do, old, cast.dan)
    last = move(do, placed(do, cast), "fulfilled", cast.dan)

    def shown() -> set[str]:
        return {orjson.loads(one)["id"] for one in look(boards.snapshot, cast.bar).orders}

    assert shown() == {old["id"], last["id"]}
    do(issues.remove, outcome.issue, NOW_SEEN, by=cast.dan)
    assert shown() == {last["id"]}


def test_displays_see_the_flag_and_nothing_of_what_is_wrong(do: Do, cast: Cast) -> None:
    outcome = flagged(do, placed(do, cast), cast.dan, text="Maria was angry")

    shown = orjson.loads(cards.project(Audience.DISPLAY, outcome.card))

    assert shown["flagged"] is True
    assert "issues" not in shown
    assert "angry" not in cards.project(Audience.PICKUP, outcome.card).decode()
