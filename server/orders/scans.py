"""What a scan says: which order it is, and whether it may be handed out here."""

import re
from enum import StrEnum
from typing import Any, Final

import orjson
from sqlmodel import Session, col, select

from server.errors import Invalid, NotFound
from server.models import Location, Order
from server.orders import boards, links
from server.orders.boards import visible
from server.orders.codes import plausible
from server.orders.forms import ScanForm
from server.orders.links import Links, Purpose
from server.orders.qr import svg
from server.people.actors import Actor, Right

IN_ADDRESS: Final = re.compile(r"/q/([A-Za-z0-9_.-]+)")


class Verdict(StrEnum):
    """What is to be said to whoever holds the scanner."""

    HERE = "here"
    ENDED = "ended"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


def scan(session: Session, form: ScanForm, links_: Links, *, by: Actor) -> dict[str, Any]:
    """Which order a scanned text means, for somebody at a location. It changes nothing.

    Foreign, absent, unreadable, edited, revoked: all answer alike.
    """
    by.require(Right.ORDERS_READ)
    if form.location is not None:
        check(session, form.location, by)
    order = meant(session, form.text.strip(), links_, by)
    if order is None:
        return {"verdict": Verdict.UNKNOWN, "order": None, "place": None}
    place = session.get_one(Location, order.location_id)
    return {
        "verdict": judged(order, form.location),
        "order": orjson.Fragment(boards.order(session, order.id, by=by)[0]),
        "place": {"id": place.id, "name": place.name},
    }


def check(session: Session, location_id: int, by: Actor) -> None:
    """Refuse a place that is not there for this actor."""
    here = session.get(Location, location_id)
    if here is None or here.organization_id != by.organization or not by.sees(location_id):
        raise Invalid(f"There is no location {location_id}.", field="location")


def meant(session: Session, text: str, links_: Links, by: Actor) -> Order | None:
    """The order that a QR code or a typed code names, if it is there for this actor."""
    address = IN_ADDRESS.search(text)
    if address:
        found = links.opened(session, links_, Purpose.SCAN, address[1])
        order = found.order if found else None
        mine = order and order.organization_id == by.organization and by.sees(order.location_id)
        return order if mine else None
    code = text.removeprefix("#").upper()
    asked = select(Order).where(col(Order.code) == code, *visible(by))
    return session.exec(asked).first() if plausible(code) else None


def judged(order: Order, location_id: int | None) -> Verdict:
    """Whether it may be handed out at this place."""
    if location_id not in (None, order.location_id):
        return Verdict.ELSEWHERE
    return Verdict.HERE if order.open else Verdict.ENDED


def code(session: Session, ref: str, links_: Links, *, by: Actor) -> dict[str, str]:
    """The QR code of an order, what it says, and the customer's own link."""
    by.require(Right.ORDERS_READ)
    named = Order.id == ref if ref.startswith("ord_") else Order.code == ref.upper()
    asked = select(Order.id, Order.code).where(named, *visible(by))
    found = session.exec(asked).first() if plausible(ref) else None
    if found is None:
        raise NotFound("There is no such order.")
    link = links.of_order(session, found[0])
    text = links_.scan(link, found[1])
    return {"text": text, "page": links_.page(link), "svg": svg(text)}
