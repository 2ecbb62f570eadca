"""`/password`, `/forgot`, `/reset/{token}`: a password of one's own, instead of another."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server import auth
from server.errors import Invalid, Refused, SignedOut
from server.messaging import resets
from server.people.actors import Actor
from server.people.passwords import check_new
from server.places import people
from server.routes.screens.doorway import (
    STRANGE,
    drawn,
    genuine,
    keep_signed_in,
    local,
    slower,
    text,
)
from server.routes.secrets import address, hashed, office
from server.state import State

SENT: Final = "If somebody signs in with that address, a link is on its way to it."
NEW: Final = "screens/password.html"
FORGOT: Final = "screens/forgot.html"
RESET: Final = "screens/reset.html"


async def password(request: Request[State]) -> Response:
    """Ask whoever came with a one-time password for one of their own."""
    actor = await newcomer(request)
    following = local(request.query_params.get("next"))
    if not actor.one_time:
        return RedirectResponse("/account", 303)
    return drawn(request, NEW, {"next": following, "whom": actor.name})


async def set_password(request: Request[State]) -> Response:
    """Replace the one-time password; from now on everything opens."""
    actor = await newcomer(request)
    async with request.form(max_files=0, max_fields=8) as given:
        chosen, following = text(given, "password"), local(text(given, "next"))
        ours = genuine(request, text(given, "csrf"))
    words = {"next": following, "whom": actor.name}
    if not ours:
        return drawn(request, NEW, {**words, "error": STRANGE}, 403)
    try:
        kept = await hashed(check_new(chosen))
        session = await request.state["perform"](people.come_in, kept, by=actor)
    except Invalid as refused:
        return drawn(request, NEW, {**words, "error": refused.message}, 422)
    except Refused:
        return RedirectResponse(following, 303)
    response = RedirectResponse(following, 303)
    keep_signed_in(request, response, session)
    return response


async def newcomer(request: Request[State]) -> Actor:
    """Whoever has signed in, with whatever password."""
    actor = await auth.actor_of(request)
    if actor is None or actor.sign_in is None:
        raise SignedOut("Sign in first.")
    return actor


async def forgot(request: Request[State]) -> Response:
    """Ask for the address that a link is to be mailed to."""
    return drawn(request, FORGOT, {"email": request.query_params.get("email", ""), "sent": ""})


async def send(request: Request[State]) -> Response:
    """Mail the link; whether there is an account, nobody learns here."""
    async with request.form(max_files=0, max_fields=8) as given:
        email, ours = text(given, "email"), genuine(request, text(given, "csrf"))
    words = {"email": email, "sent": ""}
    if not ours:
        return drawn(request, FORGOT, {**words, "error": STRANGE}, 403)
    wait = await request.state["perform"](resets.ask, email, address(request), office(request))
    if wait:
        return slower(request, FORGOT, words, wait)
    return drawn(request, FORGOT, {"email": "", "sent": SENT})


async def reset(request: Request[State]) -> Response:
    """Ask for the new password, if the link still opens anything."""
    token = request.path_params["token"]
    valid = await request.state["read"](resets.valid, token)
    words = {"token": token, "valid": valid, "error": "" if valid else resets.SPENT}
    return unkept(drawn(request, RESET, words, 200 if valid else 410))


async def renew(request: Request[State]) -> Response:
    """Set the password by the link, once."""
    token = request.path_params["token"]
    async with request.form(max_files=0, max_fields=8) as given:
        chosen, ours = text(given, "password"), genuine(request, text(given, "csrf"))
    words = {"token": token, "valid": True}
    if not ours:
        return unkept(drawn(request, RESET, {**words, "error": STRANGE}, 403))
    try:
        kept = await hashed(check_new(chosen))
        await request.state["perform"](resets.set_password, token, kept)
    except Invalid as refused:
        spent = refused.field == "token"
        told = {**words, "valid": not spent, "error": refused.message}
        return unkept(drawn(request, RESET, told, 410 if spent else 422))
    request.state["recognise"].forget()
    return RedirectResponse(f"/login?{urlencode({'told': 'set'})}", 303)


def unkept(response: Response) -> Response:
    """A page whose address is a way in is kept nowhere."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


routes = [
    Route("/password", password, methods=["GET"]),
    Route("/password", set_password, methods=["POST"]),
    Route("/forgot", forgot, methods=["GET"]),
    Route("/forgot", send, methods=["POST"]),
    Route("/reset/{token}", reset, methods=["GET"]),
    Route("/reset/{token}", renew, methods=["POST"]),
]
