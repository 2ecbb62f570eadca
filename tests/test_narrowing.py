"""What a board lists: filters, groups, counts, addresses."""

from datetime import timedelta
from typing import Any

import pytest

from server.orders.stages import PLANS, Flow
from server.routes.details import LABELS
from server.routes.rows import needs, scheduled
from server.routes.screens.narrowing import address, grouped, narrowing, strip, tallied
from tests.browser.samples import NOW, sample_cards

AT = round(NOW.timestamp() * 1000)
Card = dict[str, Any]


def card(**more: Any) -> Card:
    """A pending order at a bar that nobody has to hurry with."""
    found = next(c for c in sample_cards() if (c["flow"], c["stage"]) == ("onsite", "pending"))
    calm = {name: (NOW + timedelta(minutes=9)).isoformat() for name in ("warn_at", "late_at")}
    timer = {"since": NOW.isoformat(), **calm}
    return {**found, "timer": timer, "surfaces_at": None, "flagged": False, **more}


def later(minutes: int) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat()


LATE = {"since": later(-20), "warn_at": later(-9), "late_at": later(-1)}
WORK = [{"to": "accepted", "kind": "work", "right": "orders.move", "back": False}]


@pytest.mark.parametrize(
    ("more", "needed"),
    [
        ({}, False),
        ({"flagged": True}, True),
        ({"flagged": True, "kind": "done", "timer": None}, True),
        ({"timer": LATE}, True),
        ({"timer": LATE, "surfaces_at": later(1)}, False),
        ({"timer": LATE, "surfaces_at": later(-1)}, True),
        ({"next": WORK}, True),
        ({"next": WORK, "kind": "work"}, False),
        ({"next": WORK, "surfaces_at": later(1)}, False),
    ],
)
def test_what_calls_for_somebody(more: Card, needed: bool) -> None:
    assert needs(card(**more), AT) is needed


@pytest.mark.parametrize(("minutes", "waits"), [(1, True), (0, False), (-1, False)])
def test_a_scheduled_order_waits_until_its_time(minutes: int, waits: bool) -> None:
    assert scheduled(card(surfaces_at=later(minutes)), AT) is waits


def test_all_orders_come_in_groups() -> None:
    cards = [
        card(id="calm"),
        card(id="late", timer=LATE),
        card(id="later", surfaces_at=later(5)),
        card(id="over", kind="done", timer=None),
    ]

    groups = grouped(cards, narrowing({}), AT)

    assert {name: [c["id"] for c in found] for name, found in groups.items()} == {
        "needs": ["late"],
        "rest": ["calm"],
        "scheduled": ["later"],
        "ended": ["over"],
    }


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"stage": "open"}, "all"),
        ({"stage": "pending"}, ["calm", "flagged"]),
        ({"stage": "scheduled"}, ["later"]),
        ({"stage": "flagged"}, ["flagged"]),
        ({"stage": "needs"}, ["flagged"]),
        ({"stage": "ready"}, []),
        ({"stage": "nonsense"}, []),
        ({"stage": "pending", "q": "mar calm"}, []),
        ({"stage": "pending", "q": "CALM"}, ["calm"]),
        ({"stage": "pending", "q": "040 1234567"}, ["calm", "flagged"]),
        ({"stage": "pending", "customer": "calm@example.org"}, ["calm"]),
        ({"stage": "pending", "customer": "Bo"}, ["flagged"]),
    ],
)
def test_a_filter_narrows_the_list(asked: dict[str, str], found: list[str] | str) -> None:
    number = "+358401234567"
    calm = {"name": "Ann Calm", "email": "calm@example.org", "phone": number}
    bo = {"name": "Bo", "email": None, "phone": number}
    cards = [
        card(id="calm", customer=calm),
        card(id="flagged", flagged=True, customer=bo),
        card(id="later", surfaces_at=later(5), customer=bo),
    ]

    groups = grouped(cards, narrowing(asked), AT)

    if found == "all":
        assert groups["scheduled"]
    else:
        assert [c["id"] for c in groups["rest"]] == found


def test_the_counts_of_the_strip() -> None:
    cards = [
        card(timer=LATE, flagged=True),
        card(surfaces_at=later(5)),
        card(kind="done", timer=None),
    ]

    told = tallied([PLANS[Flow.ONSITE]], {"pending": 2, "fulfilled": 9}, cards, AT)

    assert told == {
        "pending": 1,
        "ready": 0,
        "fulfilled": 9,
        "resolved": 0,
        "cancelled": 0,
        "all": 11,
        "needs": 1,
        "flagged": 1,
        "scheduled": 1,
    }


def test_the_strip_names_every_filter_once() -> None:
    plans = [PLANS[Flow.ONSITE], PLANS[Flow.DELIVERY]]
    tallies = tallied(plans, {}, [], AT)

    keys = [item["key"] for item in strip(plans, LABELS, tallies, "all", narrowing({}))]

    assert keys[:5] == ["needs", "all", "pending", "ready", "fulfilled"]
    assert keys[-4:] == ["resolved", "cancelled", "denied", "scheduled"]
    assert len(keys) == len(set(keys)) == len(tallies)


def test_what_is_usual_is_not_in_the_address() -> None:
    assert address(7, narrowing({"stage": "open", "sort": "?"})) == "/board?location=7"
    wanted = narrowing({"stage": "needs", "customer": "a@b.example"})
    assert address("all", wanted) == "/board?location=all&stage=needs&customer=a%40b.example"
