"""`/o/{token}`: a customer's own order, and where to ask for a link if this one opens nothing.

A link that is edited, foreign, revoked or over answers like one that never was.
"""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import auth
from server.clock import now
from server.messaging.newlinks import send
from server.messaging.reactions import Sender
from server.models import History, Organization
from server.orders import links, scans
from server.orders.cards import local
from server.orders.links import Links, Opened, Purpose
from server.orders.qr import svg
from server.people.actors import Right
from server.routes.api.conditions import known
from server.routes.buyers import Bought, view
from server.routes.catalogue import known as language_of
from server.routes.catalogue import speaking
from server.routes.screens.doorway import text
from server.routes.static import FOR_EVER
from server.routes.templates import environment, page, public_sheet
from server.routes.words import spoken
from server.state import State

PRIVATE: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
ANSWER_SECONDS: Final = 0.5
SVG: Final = "image/svg+xml"
TAG_LENGTH: Final = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows."""

    order: dict[str, Any]
    scan: str  # what its QR code says
    page: str  # its own address
    version: int
    clock: str
    timezone: str
    lang: str


async def customer(request: Request[State]) -> Response:
    """Show an order to whoever has its link."""
    shown = await found(request, Purpose.PAGE)
    if shown is None:
        return gone(request)
    if request.query_params.get("part") == "order":
        return part(request, shown)
    context = {
        "order": shown.order,
        "lang": shown.lang,
        "clock": shown.clock,
        "qr": Markup(svg(shown.scan)),  # noqa: S704  # made of squares
        "tag": tag(drawn(shown)),
        "data": {
            "version": shown.version,
            "location": {"timezone": shown.timezone},
            "words": spoken(shown.lang, "age", "ago", "fresh"),
        },
    }
    return page(request, "screens/customer.html", context, headers=PRIVATE)


async def scanned(request: Request[State]) -> Response:
    """The QR code is for our scanners; whoever scans it with a phone goes on to the page."""
    shown = await found(request, Purpose.SCAN)
    if shown is None:
        return gone(request)
    return Response(status_code=303, headers={**PRIVATE, "Location": shown.page})


async def found(request: Request[State], purpose: Purpose) -> Shown | None:
    """What the link in the address shows."""
    state = request.state
    return await state["read"](seen, state["links"], purpose, request.path_params["token"])


def seen(session: Session, links_: Links, purpose: Purpose, token: str) -> Shown | None:
    """What a link shows now."""
    opened = links.opened(session, links_, purpose, token)
    if opened is None:
        return None
    order, at = opened.order, now().astimezone(ZoneInfo(opened.order.timezone))
    locale = session.get_one(Organization, order.organization_id).locale
    bought = Bought.of(opened, locale, times(session, opened), at.date().isoformat())
    with speaking(locale):
        drawing = view(bought)
    return Shown(
        drawing,
        links_.scan(opened.link, order.code),
        links_.page(opened.link),
        order.version,
        at.strftime("%H:%M"),
        order.timezone,
        locale.replace("_", "-"),
    )


def times(session: Session, opened: Opened) -> dict[str, str]:
    """When each stage was entered, the last time."""
    order = opened.order
    entered = (
        select(History.to_stage, History.at)
        .where(History.order_id == order.id, col(History.to_stage).is_not(None))
        .order_by(col(History.version))
    )
    return {stage: local(order, at) or "" for stage, at in session.exec(entered) if stage}


def gone(request: Request[State]) -> Response:
    """Nothing of any order, whatever is wrong with the link."""
    return page(request, "screens/link.html", {"asked": False}, 404, headers=PRIVATE)


def part(request: Request[State], shown: Shown) -> Response:
    """Only what changes, for a page that is open; 304 where nothing did."""
    html = drawn(shown)
    headers = {**PRIVATE, "ETag": f'"{tag(html)}"'}
    if known(request, tag(html)):
        return Response(status_code=304, headers=headers)
    return Response(html, media_type="text/html", headers=headers)


def drawn(shown: Shown) -> str:
    """What changes of the page."""
    macros = environment(language_of(shown.lang)).get_template("parts/bought.html").module
    return str(macros.bought(shown.order))  # type: ignore[attr-defined]


def tag(html: str) -> str:
    """Names exactly this drawing."""
    return hashlib.sha256(html.encode()).hexdigest()[:TAG_LENGTH]


async def ask(request: Request[State]) -> Response:
    """Send the links of somebody's orders to their address; the answer tells nothing of them."""
    began = time.monotonic()
    async with request.form(max_files=0, max_fields=4) as given:
        email, code = text(given, "email"), text(given, "code")
    if from_here(request):
        state = request.state
        sender = Sender(state["settings"].mail_from, state["links"])
        address = request.client.host if request.client else ""
        await state["perform"](send, email, code, sender, address=address)
    await asyncio.sleep(began + ANSWER_SECONDS - time.monotonic())  # it would tell what there was
    return page(request, "screens/link.html", {"asked": True}, headers=PRIVATE)


def from_here(request: Request[State]) -> bool:
    """Whether no other site has sent this; the page itself names no origin (`no-referrer`)."""
    origin, host = request.headers.get("origin"), request.headers.get("host")
    ours = origin in (None, "null") or auth.ours(origin, host, request.state["settings"])
    return ours and request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")


async def own_code(request: Request[State]) -> Response:
    """The QR code of a customer's page, as a picture."""
    shown = await found(request, Purpose.PAGE)
    return gone(request) if shown is None else picture(shown.scan)


async def order_code(request: Request[State]) -> Response:
    """The QR code of an order, as a picture, for those who work on it."""
    by = await auth.require(request, Right.ORDERS_READ)
    read, ref = request.state["read"], request.path_params["ref"]
    return picture((await read(scans.code, ref, request.state["links"], by=by))["text"])


def picture(text: str) -> Response:
    """A QR code that stands for itself."""
    drawing = svg(text).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return Response(drawing, media_type=SVG, headers=PRIVATE)


async def style(_: Request[State]) -> Response:
    """All that the pages need of our style sheets."""
    return Response(public_sheet(), media_type="text/css", headers={"Cache-Control": FOR_EVER})


routes = [
    Route("/o/new", ask, methods=["POST"]),
    Route("/o/{token}", customer, methods=["GET"]),
    Route("/q/{token}", scanned, methods=["GET"]),
    Route("/o/{token}/qr.svg", own_code, methods=["GET"]),
    Route("/orders/{ref}/qr.svg", order_code, methods=["GET"]),
    Route("/public.css", style, methods=["GET"]),
]
