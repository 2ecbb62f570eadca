"""Devices: letting tablets and displays in, shutting them out, and who works at them."""

from dataclasses import replace
from typing import Any, Final

from sqlmodel import Session
from starlette.requests import Request

from server import auth
from server.answers import Answer, encoded
from server.errors import Forbidden
from server.people import limits, sessions
from server.people.actors import Actor, Right
from server.people.limits import Gate, too_many
from server.people.tablets import TOKEN_LIFE
from server.places import devices, pairing, pins
from server.places.entry import CodeForm, DeviceChangeForm, DeviceForm, PinSignInForm
from server.routes.api import device_shapes as shapes
from server.routes.api.conditions import claim, matched
from server.routes.api.operations import Nothing, Operation
from server.routes.api.people import ident, made, shown
from server.routes.secrets import address, matching
from server.settings import Settings
from server.state import State

EVERYBODY: Final = Right.LOCATIONS_READ
TRIES: Final = 5


async def fleet(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """List the devices of the caller's places, and those that were shut out lately."""
    return encoded({"devices": await request.state["read"](devices.listed, by=by)})


async def asking(request: Request[State], by: Actor, asked: CodeForm) -> Answer:
    """Say which device shows a code: what it says it is, and where it asks from."""
    marks = await guessed(request, by)
    found = await request.state["perform"](pairing.found, asked.code, by=by)
    await request.state["perform"](limits.forgive, marks)
    return encoded(found)


async def approve(request: Request[State], by: Actor, asked: DeviceForm) -> Answer:
    """Let the device in that shows a code, at one place and for one use."""
    marks = await guessed(request, by)
    key, perform = await claim(request, by), request.state["perform"]
    answer = await perform.once(key, made, pairing.approve, asked, by=by)
    if answer.status < 400:
        await perform(limits.forgive, marks)
    return answer


async def pair_again(request: Request[State], by: Actor, asked: CodeForm) -> Answer:
    """Give a device's name and place to the tablet that shows a code; its old token is void."""
    which, marks = ident(request, "device"), await guessed(request, by)
    key, perform = await claim(request, by), request.state["perform"]
    match = matched(request)
    answer = await perform.once(
        key, shown, pairing.pair_again, which, asked.code, by=by, match=match
    )
    if answer.status < 400:
        await perform(limits.forgive, marks)
    request.state["recognise"].forget()
    return answer


async def change_device(request: Request[State], by: Actor, asked: DeviceChangeForm) -> Answer:
    """Call a device otherwise, or have it stand elsewhere."""
    key, match = await claim(request, by), matched(request)
    perform, which = request.state["perform"], ident(request, "device")
    answer = await perform.once(key, shown, devices.change, which, asked, by=by, match=match)
    request.state["recognise"].forget()
    return answer


async def revoke(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Shut a device out: it and whoever is signed in at it are gone within five seconds."""
    key, match = await claim(request, by), matched(request)
    perform, which = request.state["perform"], ident(request, "device")
    answer = await perform.once(key, shown, devices.revoke, which, by=by, match=match)
    request.state["recognise"].forget()
    return answer


async def beat(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Say that the device is there. Once a day the answer brings a new token for it.

    The old token is good until the new one is used: an answer may have been lost.
    """
    devices.at_device(by)
    if by.sign_in is not None:  # the page says it by itself, whether anybody is there or not
        request.state["recognise"].in_use.discard(by.sign_in)
    token, carried = credential(request)
    device, fresh = await request.state["perform"](devices.beat, token)
    answer = encoded({"device": device, "token": fresh if carried else None})
    if fresh is None or carried:
        return answer
    cookie = set_cookie(request.state["settings"], device_token=fresh)
    return replace(answer, headers={"Set-Cookie": cookie})


async def people_here(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """List who may sign in at this device by PIN."""
    return encoded({"people": await request.state["read"](pins.people, by=by)})


async def switch(request: Request[State], by: Actor, asked: PinSignInForm) -> Answer:
    """Sign somebody in at this device by their PIN, in place of whoever was."""
    perform = request.state["perform"]
    seconds, _, kept = await perform(pins.knock, asked.person, by=by)
    if seconds:
        raise too_many(seconds)
    right = await matching(kept, asked.pin)
    opened = await perform(pins.sign_in, asked.person, kept if right else None, by=by)
    if by.sign_in is not None:
        await perform(sessions.sign_out, by.sign_in)
    cookie = set_cookie(request.state["settings"], session=opened.token)
    person = {"id": asked.person, "name": opened.actor.name}
    return replace(encoded(person), headers={"Set-Cookie": cookie})


async def guessed(request: Request[State], by: Actor) -> list[int]:
    """Count a try at the codes that devices show."""
    by.require(Right.DEVICES_WRITE)
    seconds, marks = await request.state["perform"](knock, by, limits.home(address(request)))
    if seconds:
        raise too_many(seconds)
    return marks


def knock(session: Session, by: Actor, place: str) -> tuple[int, list[int]]:
    """Five tries in ten minutes, for each person and each address."""
    span = pairing.LIFE
    gates = [Gate(f"code:{key}", TRIES, span, span, span) for key in (by.key, place)]
    return limits.admit(session, gates)


def credential(request: Request[State]) -> tuple[str, bool]:
    """The device's token, and whether it was sent as a bearer token."""
    shown = auth.credential(request)
    if shown and shown.kind == "bearer":
        return shown.token, True
    token = request.cookies.get(auth.device_cookie(request.state["settings"]))
    if token is None:
        raise Forbidden("This is for paired devices.")
    return token, False


def set_cookie(
    settings: Settings, *, device_token: str | None = None, session: str | None = None
) -> str:
    """A Set-Cookie header: no script reads it, and no other site sends it."""
    name = auth.device_cookie(settings) if device_token else auth.cookie_name(settings)
    life = TOKEN_LIFE if device_token else sessions.ABSOLUTE
    secure = "; Secure" if settings.secure else ""
    age = round(life.total_seconds())
    value = device_token or session
    return f"{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"


def line(method: str, path: str, handler: Any, form: Any, **more: Any) -> Operation[Any]:
    """A line of the table that is about one device."""
    return Operation(method, path, handler, Right.DEVICES_WRITE, form, shapes.DeviceAbout, **more)


operations: list[Operation[Any]] = [
    Operation(
        "POST", "/pairings", asking, Right.DEVICES_WRITE, CodeForm, shapes.Asking, limited=True
    ),
    Operation("GET", "/devices", fleet, Right.DEVICES_WRITE, Nothing, shapes.Devices),
    line("POST", "/devices", approve, DeviceForm, creates=True, limited=True),
    Operation("POST", "/devices/self/beat", beat, EVERYBODY, Nothing, shapes.Beat),
    Operation(
        "GET", "/devices/self/people", people_here, EVERYBODY, Nothing, shapes.PeopleAtDevice
    ),
    Operation(
        "POST",
        "/devices/self/sign_in",
        switch,
        EVERYBODY,
        PinSignInForm,
        shapes.AtDevice,
        limited=True,
    ),
    line("PATCH", "/devices/{device}", change_device, DeviceChangeForm, guarded=True),
    line("POST", "/devices/{device}/pair", pair_again, CodeForm, guarded=True, limited=True),
    line("POST", "/devices/{device}/revoke", revoke, Nothing, guarded=True),
]
