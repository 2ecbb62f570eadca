"""`/devices`, `/pair`, `/switch`: tablets let in, asking to be let in, and shared by several."""

from typing import Any, Final, Literal

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from server import auth
from server.errors import Forbidden
from server.models import Device, Location
from server.orders import qr
from server.people import limits
from server.people.actors import Actor, Right
from server.people.limits import Gate
from server.people.tablets import PREFIX, TOKEN_LIFE, WORKED_AT
from server.places import devices, pairing, pins
from server.recognition import Credential
from server.routes.screens.agents import described
from server.routes.screens.doorway import STRANGE, drawn, genuine, slower, text
from server.routes.screens.frame import locale
from server.routes.screens.office import office
from server.routes.secrets import address
from server.routes.templates import page, translated
from server.state import State

PAIR: Final = "screens/pair.html"
LET_IN: Final = "This is {name}. It is let in."
WAITING_COOKIE: Final = "pairing"
EVERY_SECONDS: Final = 5


async def fleet(request: Request[State]) -> Response:
    """Show the devices, and where to let one in."""
    by = await auth.require(request, Right.DEVICES_WRITE)
    code = request.query_params.get("code", "")[:40]
    shown = await request.state["read"](seen, by=by)
    return page(request, "screens/devices.html", shown | {"code": code})


def seen(session: Session, *, by: Actor) -> dict[str, Any]:
    """The devices, in one view of the database."""
    return office(session, by=by).context | {"devices": devices.listed(session, by=by)}


async def pair(request: Request[State]) -> Response:
    """Show what this tablet is, or the code by which somebody lets it in."""
    device = await device_of(request)
    if device is not None:
        if device.profile in WORKED_AT:
            return RedirectResponse("/switch", 303)
        told = translated(request, LET_IN).format(name=device.name)
        return drawn(request, PAIR, words(told=told))
    code, _, device_code = request.cookies.get(WAITING_COOKIE, "").partition(".")
    waits = bool(device_code) and await request.state["read"](pairing.waiting, device_code)
    if waits:
        return drawn(request, PAIR, shown(request, code))
    return drawn(request, PAIR, words())


async def begin(request: Request[State]) -> Response:
    """Ask to be let in; the browser keeps what only it may know."""
    async with request.form(max_files=0, max_fields=4) as given:
        ours = genuine(request, text(given, "csrf"))
    if not ours:
        return drawn(request, PAIR, words(error=STRANGE), 403)
    what = described(request.headers.get("user-agent", ""))
    wait, begun = await request.state["perform"](started, what, address(request))
    if begun is None:
        return slower(request, PAIR, words(), wait)
    response = RedirectResponse("/pair", 303)
    keep(request, response, WAITING_COOKIE, f"{begun.code}.{begun.device_code}", 600, "strict")
    return response


def started(session: Session, what: str, place: str) -> tuple[int, pairing.Begun | None]:
    """A new code, unless this address has had many."""
    span = pairing.LIFE
    wait, _ = limits.admit(session, [Gate(f"pair:{limits.home(place)}", 30, span, span, span)])
    return wait, None if wait else pairing.begin(session, what, limits.home(place))


async def poll(request: Request[State]) -> Response:
    """Whether somebody has let this tablet in."""
    origin, host = request.headers.get("origin"), request.headers.get("host")
    if origin not in (None, "null") and not auth.ours(origin, host, request.state["settings"]):
        raise Forbidden("This request comes from a page that is not ours.", field="Origin")
    _, _, device_code = request.cookies.get(WAITING_COOKIE, "").partition(".")
    polled = await request.state["perform"](pairing.poll, device_code)
    told = {"state": polled.state, "seconds": polled.seconds or EVERY_SECONDS}
    asks_for_json = "application/json" in request.headers.get("accept", "")
    response: Response = JSONResponse(told) if asks_for_json else RedirectResponse("/pair", 303)
    if polled.token:
        age = round(TOKEN_LIFE.total_seconds())
        keep(request, response, auth.device_cookie(request.state["settings"]), polled.token, age)
        response.delete_cookie(auth.cookie_name(request.state["settings"]))
    if polled.state in ("paired", "expired"):
        response.delete_cookie(WAITING_COOKIE)
    return response


async def switch(request: Request[State]) -> Response:
    """Show who may sign in at this tablet, and the keys for their PIN."""
    device = await device_of(request)
    if device is None or device.profile not in WORKED_AT:
        return RedirectResponse("/pair", 303)
    told = await request.state["read"](standing, by=device)
    present = await auth.actor_of(request)
    shared = present is not None and present.device_id == device.device_id
    key = present.csrf if present and shared else device.csrf
    told |= {"device": device.name, "key": key}
    response = drawn(request, "screens/switch.html", told)
    if not shared:  # somebody who did not come in by this tablet
        response.delete_cookie(auth.cookie_name(request.state["settings"]))
    response.headers["Cache-Control"] = "no-store"
    return response


def standing(session: Session, *, by: Actor) -> dict[str, Any]:
    """Who may sign in here, and where here is."""
    device = session.get_one(Device, devices.at_device(by))
    place = session.get_one(Location, device.location_id)
    return {
        "people": pins.people(session, by=by),
        "place": {"id": place.id, "name": place.name},
        "lang": locale(session, by),
    }


async def device_of(request: Request[State]) -> Actor | None:
    """The paired device that this browser is."""
    token = request.cookies.get(auth.device_cookie(request.state["settings"]), "")
    if not token.startswith(PREFIX):
        return None
    device: Actor | None = await request.state["recognise"](Credential("device", token))
    return device


def shown(request: Request[State], code: str) -> dict[str, Any]:
    """The code, in two groups for people, and as a picture for a telephone."""
    grouped = f"{code[:4]}-{code[4:]}"
    url = f"{request.state['settings'].url}/devices"
    return words(code=grouped, url=url, picture=qr.svg(f"{url}?code={grouped}"))


def words(**more: str) -> dict[str, Any]:
    """What the page says."""
    return {"code": "", "url": "", "picture": "", **more}


def keep(
    request: Request[State],
    response: Response,
    name: str,
    value: str,
    age: int,
    site: Literal["lax", "strict"] = "lax",
) -> None:
    """Have the browser keep a secret that no script reads."""
    secure = request.state["settings"].secure
    response.set_cookie(name, value, max_age=age, secure=secure, httponly=True, samesite=site)


routes = [
    Route("/devices", fleet, methods=["GET"]),
    Route("/pair", pair, methods=["GET"]),
    Route("/pair", begin, methods=["POST"]),
    Route("/pair/poll", poll, methods=["POST"]),
    Route("/switch", switch, methods=["GET"]),
]
