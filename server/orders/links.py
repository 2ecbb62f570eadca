"""The links of an order: signed, each for one purpose, and judged anew whenever they are opened.

A link names the order by 128 random bits that stand for nothing else. Whether it still opens is
decided when it is used, so that the link of an open order lives as long as the order does.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple

from itsdangerous import Signer
from sqlmodel import Session, col, select

from server.clock import now
from server.events import Audience
from server.models import Location, Order, OrderLink, Organization
from server.orders.cards import project
from server.orders.customs import Customs, customs_of, in_words
from server.settings import Settings
from server.signing import keys

REF_BYTES: Final = 16
VERSION_BYTES: Final = 2
TOKEN_LENGTH: Final = 68  # what is named, a dot, the signature


class Purpose(StrEnum):
    """What a link is for; one cannot be used as another."""

    PAGE = "page"
    SCAN = "scan"


class Named(NamedTuple):
    """What a genuine link names."""

    ref: str
    version: int


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens, and until when."""

    order: Order
    link: OrderLink
    place: Location
    customs: Customs
    until: datetime | None

    @property
    def card(self) -> bytes:
        """The order as its customer may see it."""
        order = self.order
        return project(Audience.BUYER, in_words(order.card, order.customs_version, self.customs))


class Links:
    """Makes links and reads them."""

    def __init__(self, chosen: Settings) -> None:
        self.chosen = chosen
        self.after_event = timedelta(hours=chosen.link_hours_after_event)
        self.after_order = timedelta(days=chosen.link_days_after_order)

    @cached_property
    def signers(self) -> dict[Purpose, list[Signer]]:
        """For each purpose the signer of today, and those of former keys."""
        known = keys(self.chosen)
        return {purpose: [signer(key, purpose) for key in known] for purpose in Purpose}

    def page(self, link: OrderLink) -> str:
        """The address of the customer's page."""
        return f"{self.chosen.url}/o/{self.token(Purpose.PAGE, link)}"

    def scan(self, link: OrderLink, code: str) -> str:
        """What the QR code says: an address too, by which any phone's camera comes to the page.

        The order's code stands behind it for scanners that cannot ask anybody just now.
        """
        return f"{self.chosen.url}/q/{self.token(Purpose.SCAN, link)}#{code}"

    def token(self, purpose: Purpose, link: OrderLink) -> str:
        """A link without its address."""
        ref, version = bytes.fromhex(link.ref), link.version.to_bytes(VERSION_BYTES)
        named = base64.urlsafe_b64encode(ref + version)
        return self.signers[purpose][0].sign(named).decode()

    def read(self, purpose: Purpose, token: str) -> Named | None:
        """What a token names, if it is ours to the last letter and made for this purpose."""
        named, _, signature = token.encode(errors="replace").rpartition(b".")
        if len(token) != TOKEN_LENGTH or not (named and signature):
            return None
        given = named + b"." + signature
        if not any(secrets.compare_digest(s.sign(named), given) for s in self.signers[purpose]):
            return None
        return meant(named)

    def until(self, order: Order, place: Location) -> datetime | None:
        """When the link is over; None while the order is open, but for events that are over."""
        if place.ends_at:
            return place.ends_at + self.after_event
        return order.ended_at + self.after_order if order.ended_at else None


def signer(key: str, purpose: Purpose) -> Signer:
    """Signs for one purpose; the salt keeps the signatures of two purposes apart."""
    salt = f"heard.order.{purpose}"
    return Signer(key, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256)


def meant(named: bytes) -> Named | None:
    """The row that a genuine token names."""
    try:
        told = base64.b64decode(named, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    if len(told) != REF_BYTES + VERSION_BYTES:
        return None
    return Named(told[:REF_BYTES].hex(), int.from_bytes(told[REF_BYTES:]))


def made(session: Session, order: Order) -> None:
    """Give a new order what its links name."""
    session.add(OrderLink(order_id=order.id, ref=secrets.token_hex(REF_BYTES)))


def revoke(session: Session, order_id: str) -> None:
    """From now on no link of the order opens but those made hereafter."""
    link = session.get_one(OrderLink, order_id, with_for_update=True)
    link.version += 1
    session.add(link)


def opened(session: Session, links: Links, purpose: Purpose, token: str) -> Opened | None:
    """What a link opens now. None: it is edited, of another purpose, revoked, over or nobody's."""
    return opened_all(session, links, purpose, [token]).get(token)


def opened_all(
    session: Session, links: Links, purpose: Purpose, tokens: Iterable[str]
) -> dict[str, Opened]:
    """What links open now, by one question for all; those that open nothing are left out."""
    named = {token: links.read(purpose, token) for token in tokens}
    refs = [name.ref for name in named.values() if name]
    asked = (
        select(Order, OrderLink, Location, Organization)
        .join(OrderLink, col(OrderLink.order_id) == col(Order.id))
        .join(Location, col(Location.id) == col(Order.location_id))
        .join(Organization, col(Organization.id) == col(Order.organization_id))
        .where(col(OrderLink.ref).in_(refs))
    )
    found = {row[1].ref: row for row in session.exec(asked)}
    at, answer = now(), {}
    for token, name in named.items():
        if name is None or name.ref not in found:
            continue
        order, link, place, owner = found[name.ref]
        until = links.until(order, place)
        if link.version == name.version and (until is None or at < until):
            answer[token] = Opened(order, link, place, customs_of(place, owner), until)
    return answer


def of_order(session: Session, order_id: str) -> OrderLink:
    """What the links of an order name."""
    return session.get_one(OrderLink, order_id)
