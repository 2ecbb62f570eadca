"""Who may look into the outbox, and what they find there."""

import pytest
from sqlmodel import Session, col, select

from server.errors import Forbidden
from server.jobs.follow import read_on
from server.messaging import outbox
from server.messaging.outbox import State
from server.models import Message
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import placed
from tests.mailbag import WRITER, reacted


def test_a_mail_is_listed_with_what_became_of_it(do: Do, look: Look, cast: Cast) -> None:
    card = placed(do, cast)
    reacted(do, cast)

    (mail,) = look(outbox.listed, by=cast.ana)

    assert mail["to"] == "maria@guests.example"
    assert mail["subject"] == f"Order {card['code']} — Bar South"
    assert mail["text"].startswith("Bar South has your order.")
    assert (mail["state"], mail["reason"]) == ("queued", None)
    assert mail["at"].endswith("+00:00")


def test_what_needs_a_look_comes_first_then_the_newest(do: Do, look: Look, cast: Cast) -> None:
    for _ in range(4):
        placed(do, cast)
    reacted(do, cast)
    do(settled, {2: State.UNKNOWN, 3: State.SENT})

    listed = [mail["state"] for mail in look(outbox.listed, by=cast.ana)]

    assert listed == ["unknown", "queued", "sent", "queued"]


def test_a_manager_sees_the_mail_of_their_places(do: Do, look: Look, cast: Cast) -> None:
    placed(do, cast)
    placed(do, cast, cast.kitchen)
    reacted(do, cast)
    do(read_on, [f"location:{cast.kitchen}"], WRITER)

    assert len(look(outbox.listed, by=cast.ana)) == 2
    assert len(look(outbox.listed, by=cast.ben)) == 1


def test_nobody_sees_the_mail_of_others(do: Do, look: Look, cast: Cast) -> None:
    placed(do, cast)
    reacted(do, cast)

    assert look(outbox.listed, by=cast.cora) == []


def test_staff_do_not_read_mail(look: Look, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        look(outbox.listed, by=cast.dan)


def settled(session: Session, states: dict[int, State]) -> None:
    """Have the so-manieth mail end like this."""
    for number, mail in enumerate(session.exec(select(Message).order_by(col(Message.id))), 1):
        mail.state = states.get(number, State.QUEUED)
