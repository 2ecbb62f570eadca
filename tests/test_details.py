"""Correcting what an order says."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from server.clock import now
from server.errors import Forbidden, Invalid, Stale, Unseen
from server.orders import boards, details
from server.orders.changes import CARD_LIMIT, Outcome
from server.orders.forms import ChangeForm
from server.people.actors import Right
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import Card, card, placed


def change(do: Do, order: Card, cast: Cast, match: int | None = 1, **fields: Any) -> Outcome:
    form = ChangeForm.model_validate(fields)
    return do(details.change, order["id"], form, by=cast.dan, match=match)


def test_what_is_named_changes_and_the_rest_stays(do: Do, cast: Cast) -> None:
    order = placed(do, cast, instructions="no ice")

    changed = card(change(do, order, cast, destination="Row 12", customer={"name": "Marja"}))

    assert changed["version"] == 2
    assert changed["destination"] == changed["text"]["place"] == "Row 12"
    assert changed["customer"] == {**order["customer"], "name": "Marja"}
    unchanged = (
        "instructions",
        "lines",
        "stage",
        "totals",
        "payment",
        "placed_at",
        "next",
        "timer",
    )
    assert [changed[name] for name in unchanged] == [order[name] for name in unchanged]


def test_what_is_named_as_nothing_is_taken_away(do: Do, cast: Cast) -> None:
    order = placed(do, cast, instructions="no ice", due_at="2026-11-22T20:00:00Z")

    emptied = change(do, order, cast, customer=None, destination=None, instructions="", due_at=None)

    changed = card(emptied)

    assert changed["customer"] == {"name": None, "email": None, "phone": None}
    assert (changed["destination"], changed["instructions"], changed["due_at"]) == (
        None,
        None,
        None,
    )


def test_a_telephone_number_is_checked_here_too(do: Do, cast: Cast) -> None:
    order = placed(do, cast)

    assert b'"+358501234567"' in change(do, order, cast, customer={"phone": "+358 50 1234567"}).card
    with pytest.raises(Invalid) as refused:
        change(do, order, cast, 2, customer={"phone": "call me"})
    assert refused.value.field == "customer.phone"


def test_a_promise_may_be_so_many_minutes_from_now(do: Do, cast: Cast) -> None:
    changed = card(change(do, placed(do, cast), cast, None, prep_minutes=20))

    promised = datetime.fromisoformat(changed["promised_at"])
    assert timedelta(minutes=19, seconds=50) < promised - now() <= timedelta(minutes=20)
    assert changed["timer"]["late_at"] == changed["promised_at"]


def test_a_promise_is_given_one_way_only(do: Do, cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        change(do, placed(do, cast), cast, prep_minutes=20, promised_at=now() + timedelta(hours=1))

    assert refused.value.field == "prep_minutes"


@pytest.mark.parametrize("fields", [{}, {"destination": "Block C"}, {"instructions": None}])
def test_a_correction_that_corrects_nothing_changes_nothing(
    do: Do, cast: Cast, fields: dict[str, Any]
) -> None:
    order = placed(do, cast)

    outcome = change(do, order, cast, None, **fields)

    assert (outcome.noop, card(outcome)) == (True, order)
    assert len(do.bell.rung) == 1


@pytest.mark.parametrize("fields", [{"destination": "Row 12"}, {"customer": {"name": "Marja"}}])
def test_customer_and_destination_must_have_been_seen(
    do: Do, cast: Cast, fields: dict[str, Any]
) -> None:
    with pytest.raises(Unseen) as refused:
        change(do, placed(do, cast), cast, None, **fields)

    assert refused.value.field == "If-Match"


def test_of_the_other_corrections_the_last_one_wins(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    change(do, order, cast, None, instructions="no ice")

    assert card(change(do, order, cast, None, instructions="ice"))["instructions"] == "ice"


def test_a_correction_of_a_version_that_is_gone_is_refused(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    change(do, order, cast, destination="Row 12")

    with pytest.raises(Stale) as refused:
        change(do, order, cast, destination="Row 13")

    assert refused.value.more["changed"]["by"] == "Dan"


def test_a_correction_is_announced_and_leaves_the_counts(do: Do, cast: Cast) -> None:
    changed = change(do, placed(do, cast), cast, destination="Row 12")

    rung = do.bell.rung[-1]
    assert (rung.kind, rung.offset, rung.thing) == ("order.changed", 2, changed.card)
    assert rung.counts == b'{"pending":1}'


def test_the_history_names_the_fields_and_not_what_they_say(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast)
    change(do, order, cast, destination="Row 12", customer={"name": "Marja"})

    _, history = look(boards.order, order["id"], by=cast.ana)

    last = history[1]
    assert (last["kind"], last["from"], last["to"]) == ("order.changed", "pending", None)
    assert last["detail"] == {"fields": ["customer_name", "destination"]}


def test_a_corrected_order_is_found_by_its_new_words_only(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast)
    change(do, order, cast, customer={"name": "Toivo"})

    def found(q: str) -> int:
        return len(look(boards.orders, boards.Filters(q=q), by=cast.ana).orders)

    assert [found("toivo"), found("maria k"), found(order["code"])] == [1, 0, 1]


def test_correcting_takes_the_right_to(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    mover = replace(cast.shop, scopes=frozenset({Right.ORDERS_MOVE}))

    with pytest.raises(Forbidden, match=r"orders\.edit"):
        do(details.change, order["id"], ChangeForm(instructions="no ice"), by=mover)


def test_a_card_grown_too_large_to_show_is_refused(do: Do, cast: Cast) -> None:
    line = {"name": "Tea", "note": "é" * 500, "quantity": 1, "unit_price": 1}
    one, two = (placed(do, cast, lines=[line] * number) for number in (1, 2))
    small, each = len(orjson.dumps(one)), len(orjson.dumps(two)) - len(orjson.dumps(one))
    full = placed(do, cast, lines=[line] * ((CARD_LIMIT - small) // each))

    with pytest.raises(Invalid, match="too large"):
        change(do, full, cast, destination="é" * 300, instructions="é" * 500)
