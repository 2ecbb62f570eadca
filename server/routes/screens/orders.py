"""`/orders/{code}`: one order with its history; on phones this is what a row opens."""

from typing import Any

import orjson
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import auth
from server.events import Head, heads
from server.orders import boards
from server.people.actors import Actor, Right
from server.routes.catalogue import speaking
from server.routes.details import Entry, details
from server.routes.rows import BLANK, Card
from server.routes.screens.frame import Frame, frame
from server.routes.templates import page
from server.state import State


async def order(request: Request[State]) -> Response:
    """Show an order in full."""
    by = await auth.require(request, Right.ORDERS_READ)
    ref = request.path_params["ref"]
    framed, card, history, head = await request.state["read"](seen, ref, by=by)
    with speaking(framed.locale):
        shown = drawn(framed, card, history, head)
        return page(request, "screens/order.html", framed.context | shown)


def drawn(framed: Frame, card: Card, history: list[Entry], head: Head) -> dict[str, Any]:
    """What the page says."""
    return {
        "order": details(card, framed.scene, framed.locale, history, framed.labels),
        "blank": BLANK,
        "data": {
            **framed.data,
            "order": card,
            "history": history,
            "position": {"epoch": head.epoch, "offset": head.offset},
        },
    }


def seen(session: Session, ref: str, *, by: Actor) -> tuple[Frame, Card, list[Entry], Head]:
    """The order, its history, and the position of its channel, in one view of the database."""
    body, history = boards.order(session, ref, by=by)
    card = orjson.loads(body)
    framed = frame(session, card["location"], by=by)
    channel = framed.place["channel"]
    return framed, card, [*history], heads(session, [channel]).channels[channel]


routes = [Route("/orders/{ref}", order, methods=["GET"])]
