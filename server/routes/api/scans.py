"""Scans: which order a QR code or a typed code means; and the code that an order shows."""

from typing import Any

from starlette.requests import Request

from server.answers import Answer, encoded
from server.orders import scans
from server.orders.forms import ScanForm
from server.people.actors import Actor, Right
from server.routes.api import shapes
from server.routes.api.conditions import claim
from server.routes.api.operations import Nothing, Operation
from server.routes.api.orders import ref
from server.state import State


async def scan(request: Request[State], by: Actor, asked: ScanForm) -> Answer:
    """Say which order a scanned or typed text means.

    It changes nothing: to hand the order out, move it. A text that means none of the caller's
    orders is `unknown`, whatever the reason.
    """
    key, links = await claim(request, by), request.state["links"]
    return await request.state["perform"].once(key, encoded, scans.scan, asked, links, by=by)


async def qr(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Show an order's QR code, and the link of its customer's page."""
    links = request.state["links"]
    return encoded(await request.state["read"](scans.code, ref(request), links, by=by))


operations: list[Operation[Any]] = [
    Operation("POST", "/scans", scan, Right.ORDERS_READ, ScanForm, shapes.Scanned),
    Operation("GET", "/orders/{order}/qr", qr, Right.ORDERS_READ, Nothing, shapes.Code),
]
