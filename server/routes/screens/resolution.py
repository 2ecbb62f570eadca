"""`/resolution`: everything that is flagged, the oldest first, and what was resolved lately."""

from typing import Any

import orjson
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import auth
from server.orders import resolution
from server.orders.resolution import Desk
from server.people.actors import Actor, Right
from server.routes.cases import closed_case, open_case, over_a_day, parted
from server.routes.catalogue import speaking
from server.routes.rows import BLANK
from server.routes.screens.frame import Frame, everywhere
from server.routes.templates import page
from server.state import State


async def desk(request: Request[State]) -> Response:
    """Show what waits for somebody to settle it, at all locations of this person."""
    by = await auth.require(request, Right.ORDERS_READ)
    framed, found = await request.state["read"](seen, by=by)
    with speaking(framed.locale):
        return await run_in_threadpool(drawn, request, framed, found)


def seen(session: Session, *, by: Actor) -> tuple[Frame, Desk]:
    """The frame and the queue, in one view of the database."""
    framed = everywhere(session, by=by)
    channels = [place["channel"] for place in framed.places]
    return framed, resolution.desk(session, channels, by=by)


def drawn(request: Request[State], framed: Frame, found: Desk) -> Response:
    """The page, with every row of both lists."""
    waiting, settled = parted(orjson.loads(card) for card in found.orders)
    cases = [open_case(card, framed.scene) for card in waiting]
    shown: dict[str, Any] = {
        "cases": cases,
        "old": over_a_day(cases),
        "closed": [closed_case(card, framed.scene) for card in settled],
        "blank": BLANK,
        "data": {
            **framed.data,
            "orders": [orjson.Fragment(card) for card in found.orders],
            "places": framed.places,
            "positions": {
                channel: {"epoch": head.epoch, "offset": head.offset}
                for channel, head in found.positions.items()
            },
        },
    }
    return page(request, "screens/resolution.html", framed.context | shown)


routes = [Route("/resolution", desk, methods=["GET"])]
