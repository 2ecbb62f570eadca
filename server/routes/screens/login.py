"""`/login` and `/logout`: the two changes that plain forms make, by the same commands as ever."""

import asyncio
import secrets
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server import auth
from server.people import passwords, sessions
from server.routes.screens.agents import described
from server.routes.templates import page
from server.state import State

WRONG: Final = "That e-mail address and password do not go together."
STRANGE: Final = "This form has grown old. Try again."
TOLD: Final = {"out": "You are signed out."}
FORM_COOKIE: Final = "form"
HOME: Final = "/board"


async def form(request: Request[State]) -> Response:
    """Show the form, unless somebody is signed in already."""
    following = local(request.query_params.get("next"))
    if await auth.actor_of(request):
        return RedirectResponse(following, 303)
    return asked(request, following, told=TOLD.get(request.query_params.get("told", ""), ""))


async def login(request: Request[State]) -> Response:
    """Check the password, open a session, go where the person was going."""
    async with request.form(max_files=0, max_fields=8) as given:
        email, password = text(given, "email"), text(given, "password")
        following = local(text(given, "next"))
        if not genuine(request, text(given, "csrf")):
            return asked(request, following, email, STRANGE, 403)
    if not await known(request, email, password):
        return asked(request, following, email, WRONG, 422)
    return await opened(request, email, following)


async def known(request: Request[State], email: str, password: str) -> bool:
    """Whether they go together; where there is no such account it takes just as long."""
    kept = await request.state["read"](sessions.password_hash, email)
    shown = kept or passwords.NOBODY
    loop = asyncio.get_running_loop()
    right = await loop.run_in_executor(passwords.hashing, passwords.matches, shown, password)
    return right and kept is not None


async def opened(request: Request[State], email: str, following: str) -> Response:
    """Open a session, and let the browser keep its secret."""
    device = described(request.headers.get("user-agent", ""))
    session = await request.state["perform"](sessions.sign_in, email, device=device)
    response = RedirectResponse(following, 303)
    settings = request.state["settings"]
    response.set_cookie(
        auth.cookie_name(settings),
        session.token,
        max_age=round(sessions.ABSOLUTE.total_seconds()),
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )
    response.delete_cookie(FORM_COOKIE)
    return response


async def logout(request: Request[State]) -> Response:
    """End the session; the browser forgets the pages it kept for Back."""
    actor, shown = await auth.actor_of(request), auth.credential(request)
    async with request.form(max_files=0, max_fields=8) as given:
        same = secrets.compare_digest(text(given, "csrf"), actor.csrf or "") if actor else False
    if actor and actor.sign_in is not None and same:
        await request.state["perform"](sessions.sign_out, actor.sign_in)
        request.state["recognise"].forget(shown)
    elif actor:
        return RedirectResponse(HOME, 303)
    response = RedirectResponse("/login?told=out", 303, {"Clear-Site-Data": '"cache"'})
    response.delete_cookie(auth.cookie_name(request.state["settings"]))
    return response


def asked(
    request: Request[State],
    following: str,
    email: str = "",
    error: str = "",
    status: int = 200,
    told: str = "",
) -> Response:
    """The form; its hidden token is also in a cookie that no other site can set or read."""
    token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    words = {"error": error, "told": told, "email": email, "next": following, "csrf": token}
    response = page(request, "screens/login.html", words, status)
    secure = request.state["settings"].secure
    response.set_cookie(FORM_COOKIE, token, secure=secure, httponly=True, samesite="strict")
    return response


def genuine(request: Request[State], token: str) -> bool:
    """Whether the form was ours: the token of its page, and no foreign origin."""
    kept = request.cookies.get(FORM_COOKIE, "")
    origin, host = request.headers.get("origin"), request.headers.get("host")
    if origin not in (None, "null") and not auth.ours(origin, host, request.state["settings"]):
        return False
    return bool(kept) and secrets.compare_digest(kept.encode(), token.encode())


def text(given: FormData, name: str) -> str:
    """A field of a form as text; a file in its place is nothing."""
    value = given.get(name)
    return value if isinstance(value, str) else ""


def local(path: str | None) -> str:
    """An address of ours to go to; anything else leads to the board."""
    inside = path and path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable()
    return path if path and inside else HOME


routes = [
    Route("/login", form, methods=["GET"]),
    Route("/login", login, methods=["POST"]),
    Route("/logout", logout, methods=["POST"]),
]
