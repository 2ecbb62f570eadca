"""`/login` and `/logout`: the two changes that plain forms make, by the same commands as ever."""

import secrets
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server import auth
from server.errors import SignedOut
from server.people import limits, sessions
from server.places import people
from server.recognition import Credential
from server.routes.screens.agents import described
from server.routes.screens.doorway import (
    HOME,
    STRANGE,
    drawn,
    genuine,
    keep_signed_in,
    local,
    slower,
    text,
)
from server.routes.secrets import address, matching, office
from server.routes.templates import translated
from server.settings import Settings
from server.signing import keys
from server.state import State

WRONG: Final = "That e-mail address and password do not go together."
TOLD: Final = {
    "out": "You are signed out.",
    "set": "Your password is set. Sign in with it.",
    "asked": "If your invitation has run out, somebody who can send a new one has been told.",
}
RAN_OUT: Final = "This invitation ran out on {until}."
ASKING_SECONDS: Final = 3600
SCREEN: Final = "screens/login.html"


async def form(request: Request[State]) -> Response:
    """Show the form, unless somebody is signed in already."""
    following = local(request.query_params.get("next"))
    actor = await auth.actor_of(request)
    if actor and actor.sign_in is not None:
        return RedirectResponse(following, 303)
    told = TOLD.get(request.query_params.get("told", ""), "")
    return drawn(request, SCREEN, asked(next=following, told=told))


async def login(request: Request[State]) -> Response:
    """Check the password, open a session, go where the person was going."""
    async with request.form(max_files=0, max_fields=8) as given:
        email, password = text(given, "email"), text(given, "password")
        again = asked(next=local(text(given, "next")), email=email)
        if not genuine(request, text(given, "csrf")):
            return drawn(request, SCREEN, again | {"error": STRANGE}, 403)
    seconds, marks, gate = await admitted(request, email)
    if seconds:
        return slower(request, SCREEN, again, seconds)
    way_in = await request.state["read"](sessions.way_in, email)
    if not await matching(way_in.password_hash, password):
        return drawn(request, SCREEN, again | {"error": WRONG}, 422)
    if way_in.ran_out:
        return drawn(request, SCREEN, again | too_late(request, way_in), 422)
    try:
        session = await opened(request, email, way_in.password_hash, marks, gate)
    except SignedOut:
        return drawn(request, SCREEN, again | {"error": WRONG}, 422)
    return welcome(request, session, again["next"])


async def admitted(request: Request[State], email: str) -> tuple[int, list[int], str]:
    """Count the try: how many seconds it has to wait first, its marks, and its own gate."""
    settings = request.state["settings"]
    if not settings.login_limits:
        return 0, [], ""
    known = request.cookies.get(auth.known_cookie(settings))
    return await request.state["perform"](knock, email, address(request), known)


def knock(
    session: Session, email: str, address: str, known: str | None
) -> tuple[int, list[int], str]:
    """Whether a sign-in may be tried now."""
    gates = limits.login(session, email, address, known)
    return *limits.admit(session, gates), gates[0].key


async def opened(
    request: Request[State], email: str, checked: str | None, marks: Sequence[int], gate: str
) -> sessions.Opened:
    """Open a session in place of the browser's former one; at a paired device it is its own."""
    former = await auth.actor_of(request)
    return await request.state["perform"](
        enter,
        email,
        device=described(request.headers.get("user-agent", "")),
        checked=checked,
        marks=marks,
        own_gate=gate,
        device_id=await at_device(request),
        former=former.sign_in if former else None,
    )


def enter(
    session: Session,
    email: str,
    *,
    device: str,
    checked: str | None,
    marks: Sequence[int],
    own_gate: str,
    device_id: int | None,
    former: int | None,
) -> sessions.Opened:
    """The password was right: what was counted against it is taken back."""
    limits.forgive(session, marks, own_gate)
    if former is not None:
        sessions.sign_out(session, former)
    return sessions.sign_in(session, email, device=device, checked=checked, device_id=device_id)


async def at_device(request: Request[State]) -> int | None:
    """The paired device that the browser is, if it is one."""
    token = request.cookies.get(auth.device_cookie(request.state["settings"]))
    device = await request.state["recognise"](Credential("device", token)) if token else None
    return device.device_id if device else None


def welcome(request: Request[State], session: sessions.Opened, following: str) -> Response:
    """Go on, by way of a new password where the old one was good for once only."""
    way = f"/password?{urlencode({'next': following})}" if session.actor.one_time else following
    response = RedirectResponse(way, 303)
    keep_signed_in(request, response, session)
    return response


def too_late(request: Request[State], way_in: sessions.WayIn) -> dict[str, str]:
    """The right one-time password, after its week: it may ask for another."""
    until = way_in.until.date().isoformat() if way_in.until else ""
    return {
        "error": translated(request, RAN_OUT).format(until=until),
        "ask": signer(request.state["settings"]).dumps(way_in.account),
    }


async def ask(request: Request[State]) -> Response:
    """Ask for a new invitation; the answer is the same whatever becomes of it."""
    async with request.form(max_files=0, max_fields=8) as given:
        token, ours = text(given, "ask"), genuine(request, text(given, "csrf"))
    try:
        account = signer(request.state["settings"]).loads(token, max_age=ASKING_SECONDS)
    except BadSignature:
        ours = False
    else:
        if ours:
            await request.state["perform"](people.ask_again, account, office(request))
    if not ours:
        return drawn(request, SCREEN, asked(error=STRANGE), 403)
    return RedirectResponse("/login?told=asked", 303)


def signer(settings: Settings) -> URLSafeTimedSerializer:
    """Signs whose invitation has run out, for whoever has just shown the password of it."""
    first, *former = keys(settings)
    return URLSafeTimedSerializer([*reversed(former), first], salt="ask for an invitation")


async def logout(request: Request[State]) -> Response:
    """End the session; the browser forgets the pages it kept for Back."""
    async with request.form(max_files=0, max_fields=8) as given:
        token = text(given, "csrf")
    actor, shown = await auth.actor_of(request), auth.credential(request)
    if actor and (actor.sign_in is None or not same(token, actor.csrf)):
        return RedirectResponse(HOME, 303)
    if actor and actor.sign_in is not None:
        await request.state["perform"](sessions.sign_out, actor.sign_in)
        request.state["recognise"].forget(shown)
    shared = await at_device(request) is not None
    way = "/switch" if shared else "/login?told=out"
    response = RedirectResponse(way, 303, {"Clear-Site-Data": '"cache"'})
    response.delete_cookie(auth.cookie_name(request.state["settings"]))
    return response


def same(token: str, expected: str | None) -> bool:
    """Whether a form of ours was sent."""
    return secrets.compare_digest(token.encode(), (expected or "").encode())


def asked(**more: str) -> dict[str, str]:
    """What the form says."""
    return {"email": "", "ask": "", **more}


routes = [
    Route("/login", form, methods=["GET"]),
    Route("/login", login, methods=["POST"]),
    Route("/login/ask", ask, methods=["POST"]),
    Route("/logout", logout, methods=["POST"]),
]
