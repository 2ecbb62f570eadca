"""What tests do at the door: invite, come in, forget the password; and admins who may."""

import re
from typing import Any, Final

from sqlmodel import Session, col, select

from server.messaging.invitations import Office
from server.messaging.outbox import INVITATION, RESET
from server.models import Message
from server.people import sessions
from server.people.actors import Actor
from server.people.passwords import hashed
from server.places import people
from server.places.entry import InviteForm
from server.places.people import OneTime
from tests.cast import Cast, account_of, address
from tests.hands import Do, Look

OFFICE: Final = Office("https://heard.example", "Heard <orders@heard.example>")
CHOSEN: Final = "nine ladies dancing slowly"
ONE_TIME: Final = OneTime("abcde-fghjk-mnpqr-stuvw", hashed("abcde-fghjk-mnpqr-stuvw"))


def signed_in(do: Do, name: str = "Ana") -> Actor:
    """Somebody of the cast who has just given their password."""
    return do(sessions.sign_in, address(name), device="Firefox on Mac").actor


def invited(do: Do, cast: Cast, name: str = "Eve", **more: Any) -> dict[str, Any]:
    """Somebody new, invited by Ana to the staff of the bar."""
    asked = {"email": address(name), "name": name, "role": "staff", "locations": [cast.bar]}
    form = InviteForm.model_validate(asked | more)
    return do(people.invite, form, ONE_TIME, OFFICE, by=signed_in(do))


def ident(look: Look, name: str) -> int:
    """The account of somebody of the cast, by number."""
    return look(lambda session: account_of(session, name).id or 0)


def mails(session: Session, *kinds: str) -> list[Message]:
    """The mails to people, the oldest first."""
    wanted = select(Message).where(col(Message.kind).in_(kinds or (INVITATION, RESET)))
    return list(session.exec(wanted.order_by(col(Message.id))))


def link(mail: Message) -> str:
    """The secret of the link in a mail."""
    found = re.search(r"/reset/(\S+)", mail.text)
    assert found
    return found[1]
