"""What customers are told of an event."""

from datetime import timedelta

from sqlmodel import Session, select

from server.messaging.outbox import State
from server.models import Position
from server.orders import lifecycle
from server.orders.forms import MoveForm, StatusForm
from server.places import status
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import placed
from tests.mailbag import cancelled, mails, reacted, undone


def test_an_order_is_confirmed_to_the_customer(do: Do, look: Look, cast: Cast) -> None:
    card = placed(do, cast)

    reacted(do, cast)

    (mail,) = mails(look)
    assert mail.recipient == "maria@guests.example"
    assert mail.subject == f"Order {card['code']} — Bar South"
    assert "2 × Burger  €17.00" in mail.text
    assert mail.message_id == f"<{card['id']}.1.confirmation@harbour.example>"
    assert mail.state == State.QUEUED
    assert mail.not_before - mail.created_at < timedelta(seconds=1)


def test_a_customer_without_an_address_is_told_nothing(do: Do, look: Look, cast: Cast) -> None:
    placed(do, cast, customer={"name": "Maria"})

    assert reacted(do, cast) == 1
    assert not mails(look)


def test_a_cancellation_with_words_waits_until_it_cannot_be_undone(
    do: Do, look: Look, cast: Cast
) -> None:
    cancelled(do, cast, placed(do, cast))

    reacted(do, cast)

    _, mail = mails(look)
    assert "Sorry, the grill is cold." in mail.text
    assert mail.moved_at
    assert mail.not_before - mail.moved_at == lifecycle.UNDO


def test_a_cancellation_without_words_is_not_told(do: Do, look: Look, cast: Cast) -> None:
    cancelled(do, cast, placed(do, cast), message=None)

    reacted(do, cast)

    assert [mail.kind for mail in mails(look)] == ["order.confirmation"]


def test_words_on_the_way_to_another_stage_are_not_mailed(do: Do, look: Look, cast: Cast) -> None:
    form = MoveForm(message="Come to the bar")
    do(lifecycle.advance, placed(do, cast)["id"], "ready", form, by=cast.ana)

    reacted(do, cast)

    assert [mail.kind for mail in mails(look)] == ["order.confirmation"]


def test_an_undone_cancellation_is_not_told(do: Do, look: Look, cast: Cast) -> None:
    card = placed(do, cast)
    cancelled(do, cast, card)
    reacted(do, cast)
    undone(do, cast, card)

    reacted(do, cast)

    confirmation, cancellation = mails(look)
    assert confirmation.state == State.QUEUED
    assert cancellation.state == State.SKIPPED


def test_a_move_and_its_undo_may_be_read_together(do: Do, look: Look, cast: Cast) -> None:
    card = placed(do, cast)
    cancelled(do, cast, card)
    undone(do, cast, card)

    reacted(do, cast)

    assert [mail.state for mail in mails(look)] == [State.QUEUED, State.SKIPPED]


def test_events_read_again_cause_nothing_new(do: Do, look: Look, cast: Cast) -> None:
    cancelled(do, cast, placed(do, cast))
    reacted(do, cast)
    before = [mail.message_id for mail in mails(look)]
    do(rewound)

    assert reacted(do, cast) == 2
    assert [mail.message_id for mail in mails(look)] == before


def test_a_changed_location_is_no_news_for_customers(do: Do, look: Look, cast: Cast) -> None:
    do(status.set_status, cast.bar, StatusForm(state="busy", minutes=5), by=cast.ana)

    assert reacted(do, cast) == 1
    assert not mails(look)


def rewound(session: Session) -> None:
    """The reader has read nothing yet."""
    for position in session.exec(select(Position)):
        position.offset = 0
