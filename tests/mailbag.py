"""Mails for tests: orders read from the book, and the rows they cause."""

from typing import Final

from sqlalchemy import update
from sqlmodel import Session, col, select

from server.jobs.follow import read_on
from server.messaging import outbox
from server.messaging.outbox import Held, Terms
from server.messaging.reactions import Sender
from server.models import Message
from server.orders import lifecycle
from server.orders.forms import MoveForm
from server.orders.links import Links
from server.settings import Settings
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import Card

SENDER: Final = "Harbour <orders@harbour.example>"
LINKS: Final = Links(Settings(public_url="https://heard.example", secret_key="k" * 32))
WRITER: Final = Sender(SENDER, LINKS)
TERMS: Final = Terms()
SORRY: Final = "Sorry, the grill is cold."


def cancelled(do: Do, cast: Cast, card: Card, message: str | None = SORRY) -> None:
    """Somebody at the bar cancels it, with words for the customer or without."""
    form = MoveForm(reason="out_of_stock", message=message)
    do(lifecycle.advance, card["id"], "cancelled", form, by=cast.ana, match=card["version"])


def undone(do: Do, cast: Cast, card: Card) -> None:
    """They take it back."""
    do(lifecycle.undo, card["id"], by=cast.ana)


def reacted(do: Do, cast: Cast) -> int:
    """The bar's channel is read to its end; how many events there were."""
    return do(read_on, [f"location:{cast.bar}"], WRITER).events


def mails(look: Look) -> list[Message]:
    """Every mail there is, in the order they were written."""
    return look(every)


def every(session: Session) -> list[Message]:
    return list(session.exec(select(Message).order_by(col(Message.id))))


def in_hand(do: Do, message: Message) -> Held:
    """A worker takes it in hand."""
    held = do(outbox.lease, message.id or 0, SENDER, TERMS)
    assert held
    return held


def altered(session: Session, /, **values: object) -> None:
    """Change every mail, behind everybody's back."""
    session.connection().execute(update(Message).values(**values))
