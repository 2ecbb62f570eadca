"""Links for customers who have lost theirs: mailed to the address of the order, and to no other."""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from server.clock import now
from server.messaging.confirmations import Place, linked
from server.messaging.letters import domain
from server.messaging.outbox import LINK
from server.messaging.reactions import Sender
from server.models import Location, Message, Order, OrderLink, Organization, SearchToken
from server.orders.search import words
from server.people.limits import Gate, admit, home, mailbox

ORDERS_TOLD: Final = 10
HOUR: Final = timedelta(hours=1)
PAUSE: Final = timedelta(minutes=20)


def send(session: Session, email: str, code: str, sender: Sender, *, address: str) -> int:
    """Write mails with the links of this customer's orders; how many. Whoever asks learns nothing.

    `address` is where the question comes from. Of what is asked too often nothing is done.
    """
    wait, _ = admit(session, gates(email, address))
    if wait:
        return 0
    found = owned(session, email.strip(), code.strip().removeprefix("#").upper(), sender)
    by_place = groupby(sorted(found, key=attrgetter("location_id")), attrgetter("location_id"))
    mails = [mail(session, list(orders), sender) for _, orders in by_place]
    session.add_all(mails)
    return len(mails)


def gates(email: str, address: str) -> list[Gate]:
    """Nobody's mailbox is filled, and nobody goes through a list of addresses."""
    return [
        Gate(f"link:{mailbox(email)}", 3, span=HOUR, pause=PAUSE, longest=PAUSE),
        Gate(f"link:{home(address)}", 20, span=HOUR, longest=PAUSE),
    ]


def owned(session: Session, email: str, code: str, sender: Sender) -> list[Order]:
    """The latest orders with this address whose links would open."""
    owners = select(Organization.id)
    same = func.lower(Order.customer_email) == email.lower()
    asked = select(Order, Location).join(Location).where(same)
    if code:
        asked = asked.where(Order.code == code, col(Order.organization_id).in_(owners))
    else:
        word = max(words(email.partition("@")[0]), key=len, default="")
        having = select(SearchToken.order_id).where(
            col(SearchToken.organization_id).in_(owners), SearchToken.token == word
        )
        asked = asked.where(col(Order.id).in_(having))
    latest = session.exec(asked.order_by(col(Order.id).desc()).limit(ORDERS_TOLD)).all()
    at = now()
    ends = [(order, sender.links.until(order, place)) for order, place in latest]
    return [order for order, until in ends if until is None or at < until]


def mail(session: Session, orders: list[Order], sender: Sender) -> Message:
    """The mail about somebody's orders at one place."""
    newest = max(orders, key=attrgetter("id"))
    place = session.get_one(Location, newest.location_id)
    locale = session.get_one(Organization, newest.organization_id).locale
    told = linked(dict(pages(session, orders, sender)), Place(place.name, locale))
    return Message(
        organization_id=newest.organization_id,
        order_id=newest.id,
        channel=f"location:{newest.location_id}",
        kind=LINK,
        recipient=newest.customer_email or "",
        subject=told.subject,
        text=told.text,
        message_id=f"<{secrets.token_hex(16)}.link@{domain(sender.address)}>",
        created_at=now(),
        not_before=now(),
    )


def pages(session: Session, orders: Iterable[Order], sender: Sender) -> Iterable[tuple[str, str]]:
    """Each order's code, and its link."""
    for order in orders:
        yield order.code, sender.links.page(session.get_one(OrderLink, order.id))
