"""Lists of orders: filters, pages, counts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import time_machine

from server.clock import now
from server.errors import Forbidden, Invalid
from server.orders import boards
from server.orders.boards import Filters
from server.orders.stages import Flow, Kind, Source
from server.people.actors import Right
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import Card, brought, move, placed


def listed(look: Look, cast: Cast, **filters: Any) -> list[str]:
    page = look(boards.orders, Filters(**filters), by=cast.ana)
    return [orjson.loads(card)["id"] for card in page.orders]


def ids(*orders: Card) -> list[str]:
    return [order["id"] for order in orders]


@pytest.mark.parametrize("oldest_first", [False, True])
def test_a_list_is_walked_page_by_page_and_nothing_is_seen_twice(
    do: Do, look: Look, cast: Cast, oldest_first: bool
) -> None:
    with time_machine.travel(now(), tick=False):  # all in the same millisecond
        orders = sorted(ids(*(placed(do, cast) for _ in range(7))), reverse=not oldest_first)

    walked, cursor = [], None
    while True:
        filters = Filters(limit=3, cursor=cursor, oldest_first=oldest_first)
        page = look(boards.orders, filters, by=cast.ana)
        walked.append([orjson.loads(card)["id"] for card in page.orders])
        if (cursor := page.next) is None:
            break

    assert walked == [orders[:3], orders[3:6], orders[6:]]


def test_a_page_that_is_just_full_is_the_last(do: Do, look: Look, cast: Cast) -> None:
    for _ in range(3):
        placed(do, cast)

    assert look(boards.orders, Filters(limit=3), by=cast.ana).next is None


LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "cursor",
    ["", "nonsense", "é", "bnVsbA==", "W10=", "WzEsMl0=", boards.cursor(LONG_AGO, "ord_x"), "\x00"],
)
def test_a_strange_cursor_is_refused(look: Look, cast: Cast, cursor: str) -> None:
    if cursor:
        with pytest.raises(Invalid) as refused:
            look(boards.orders, Filters(cursor=cursor), by=cast.ana)
        assert refused.value.field == "cursor"
    else:
        assert look(boards.orders, Filters(cursor=cursor), by=cast.ana).orders == []


def test_a_list_is_narrowed_by_what_is_asked(do: Do, look: Look, cast: Cast) -> None:
    burger = placed(do, cast)
    ramen = placed(do, cast, cast.kitchen, source="uber_eats")
    ticket = placed(do, cast, cast.bar, flow="tickets", customer={"email": "nils@guests.example"})
    done = move(do, placed(do, cast), "fulfilled", cast.dan)

    assert listed(look, cast) == ids(done, ticket, ramen, burger)
    assert listed(look, cast, location=cast.kitchen) == ids(ramen)
    assert listed(look, cast, source=Source.UBER_EATS) == ids(ramen)
    assert listed(look, cast, flow=Flow.TICKETS) == ids(ticket)
    assert listed(look, cast, stage="pending") == ids(burger)
    assert listed(look, cast, ended=True) == ids(done)
    assert listed(look, cast, ended=False, location=cast.bar) == ids(ticket, burger)
    assert listed(look, cast, kinds=(Kind.HOLD, Kind.DONE)) == ids(done, ticket)
    assert listed(look, cast, customer="nils@guests.example") == ids(ticket)
    assert listed(look, cast, customer="Maria K.", stage="fulfilled") == ids(done)
    assert listed(look, cast, flagged=True) == []
    assert listed(look, cast, flagged=False, q="burger maria") == []
    assert listed(look, cast, q="maria", location=cast.kitchen) == ids(ramen)


def test_a_list_is_narrowed_by_the_time_of_placing(do: Do, look: Look, cast: Cast) -> None:
    start = now() - timedelta(hours=3)
    orders = []
    for hour in range(3):
        with time_machine.travel(start + timedelta(hours=hour), tick=False):
            orders.append(placed(do, cast))
    middle = datetime.fromisoformat(orders[1]["placed_at"])

    assert listed(look, cast, placed_after=middle) == ids(orders[2])
    assert listed(look, cast, placed_before=middle) == ids(orders[0])
    assert listed(look, cast, placed_after=start, placed_before=middle) == []


def test_orders_are_counted_by_stage(do: Do, look: Look, cast: Cast) -> None:
    placed(do, cast)
    placed(do, cast, cast.kitchen)
    brought(do, cast, Flow.ONSITE, "pending ready")
    brought(do, cast, Flow.ONSITE, "pending cancelled")
    brought(do, cast, Flow.SHIPPING, "awaiting_payment paid")
    brought(do, cast, Flow.TICKETS, "reserved paid")

    everywhere = look(boards.count, None, by=cast.ana)
    at_the_bar = look(boards.count, cast.bar, by=cast.ana)

    stages = {"pending": 1, "incoming": 1, "ready": 1, "cancelled": 1, "paid": 2}
    assert everywhere == {"active": 4, "completed": 2, "stages": stages}
    assert at_the_bar == {
        "active": 2,
        "completed": 1,
        "stages": {"pending": 1, "ready": 1, "cancelled": 1},
    }


def test_one_location_is_listed_by_its_id(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast)
    placed(do, cast, cast.kitchen)

    page = look(boards.orders_at, cast.bar, Filters(), by=cast.ben)

    assert [orjson.loads(card) for card in page.orders] == [order]


def test_reading_takes_the_right_to(look: Look, cast: Cast) -> None:
    mover = cast.shop.__class__(
        cast.shop.role, cast.harbour, "Till", "key:9", scopes=frozenset({Right.ORDERS_MOVE})
    )

    with pytest.raises(Forbidden):
        look(boards.orders, Filters(), by=mover)
    with pytest.raises(Forbidden):
        look(boards.count, None, by=mover)
    with pytest.raises(Forbidden):
        look(boards.order, "K724", by=mover)
    with pytest.raises(Forbidden):
        look(boards.head, cast.bar, by=mover)
