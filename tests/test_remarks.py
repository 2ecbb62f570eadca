"""Notes of the staff: always added, read by everybody, their words apart from the history."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.clock import now
from server.errors import Conflict, Forbidden, NeedsPerson, NotFound
from server.models import History, OrderNote
from server.orders import boards, remarks
from server.orders.forms import NoteForm
from server.orders.remarks import NOTES_LIMIT
from server.people.actors import Right
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import card, move, placed


def test_a_note_is_told_in_the_history_with_who_wrote_it(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast)

    outcome = do(remarks.note, order["id"], NoteForm(text=" Ask for Maria "), by=cast.dan)

    _, history = look(boards.order, order["id"], by=cast.ana)
    assert (outcome.version, card(outcome)["stage"]) == (2, "pending")
    assert history[1]["kind"] == "order.noted"
    assert (history[1]["by"]["name"], history[1]["detail"]) == ("Dan", {"text": "Ask for Maria"})


def test_the_words_are_not_in_the_history_itself_so_that_they_can_be_forgotten(
    do: Do, look: Look, cast: Cast
) -> None:
    order = placed(do, cast)
    do(remarks.note, order["id"], NoteForm(text="Ask for Maria"), by=cast.dan)

    assert look(lambda s: s.get_one(History, (order["id"], 2)).detail) == {}
    do(lambda s: s.delete(s.get_one(OrderNote, (order["id"], 2))))
    _, history = look(boards.order, order["id"], by=cast.ana)

    assert (history[1]["kind"], history[1]["detail"]) == ("order.noted", {})


def test_a_note_is_added_whatever_has_happened_meanwhile(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    move(do, order, "cancelled", cast.ana)
    waited = NoteForm(text="She was here", seen=1, tapped_at=now() - timedelta(hours=2))

    assert do(remarks.note, order["id"], waited, by=cast.dan).version == 3


def test_a_note_that_waited_for_more_than_twelve_hours_needs_a_person(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    waited = NoteForm(text="She was here", tapped_at=now() - timedelta(hours=13))

    with pytest.raises(NeedsPerson, match="12 hours"):
        do(remarks.note, order["id"], waited, by=cast.dan)


def test_there_is_an_end_to_notes(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    for number in range(NOTES_LIMIT):
        do(remarks.note, order["id"], NoteForm(text=f"Note {number}"), by=cast.dan)

    with pytest.raises(Conflict, match=f"{NOTES_LIMIT} notes"):
        do(remarks.note, order["id"], NoteForm(text="One more"), by=cast.dan)


def test_it_takes_the_right_and_the_place(do: Do, cast: Cast) -> None:
    order = placed(do, cast)
    reader = replace(cast.shop, scopes=frozenset({Right.ORDERS_READ}))

    with pytest.raises(NotFound):
        do(remarks.note, order["id"], NoteForm(text="Hello"), by=cast.cora)
    with pytest.raises(Forbidden):
        do(remarks.note, order["id"], NoteForm(text="Hello"), by=reader)
