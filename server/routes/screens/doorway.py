"""What the plain forms at the door share: the page, its token, and who knocks."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from server import auth
from server.people import sessions
from server.people.limits import too_many
from server.routes.templates import page, translated
from server.state import State

STRANGE: Final = "This form has grown old. Try again."
FORM_COOKIE: Final = "form"
HOME: Final = "/board"
TELLING: Final = ("error", "told", "sent")


def drawn(
    request: Request[State], name: str, words: Mapping[str, Any], status: int = 200
) -> Response:
    """A form; its hidden token is also in a cookie that no other site can set or read.

    What it has to tell, it says in the language of the page.
    """
    token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    usual = {"error": "", "told": "", "next": HOME, "csrf": token}
    said = {name: translated(request, words[name]) for name in TELLING if name in words}
    response = page(request, name, {**usual, **words, **said}, status)
    secure = request.state["settings"].secure
    response.set_cookie(FORM_COOKIE, token, secure=secure, httponly=True, samesite="strict")
    return response


def slower(request: Request[State], name: str, words: Mapping[str, Any], seconds: int) -> Response:
    """The form again, with how long to wait."""
    refused = too_many(seconds)
    response = drawn(request, name, {**words, "error": refused.message}, 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def genuine(request: Request[State], token: str) -> bool:
    """Whether the form was ours: the token of its page, and no foreign origin."""
    kept = request.cookies.get(FORM_COOKIE, "")
    origin, host = request.headers.get("origin"), request.headers.get("host")
    if origin not in (None, "null") and not auth.ours(origin, host, request.state["settings"]):
        return False
    return bool(kept) and secrets.compare_digest(kept.encode(), token.encode())


def keep_signed_in(request: Request[State], response: Response, session: sessions.Opened) -> None:
    """Let the browser keep the session's secret, and that somebody has signed in here."""
    settings = request.state["settings"]
    secure = settings.secure
    age = round(sessions.ABSOLUTE.total_seconds())
    response.set_cookie(
        auth.cookie_name(settings),
        session.token,
        max_age=age,
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    response.set_cookie(
        auth.known_cookie(settings),
        sessions.digest(session.token),
        max_age=round(sessions.REMEMBERED.total_seconds()),
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    response.delete_cookie(FORM_COOKIE)


def text(given: FormData, name: str) -> str:
    """A field of a form as text; a file in its place is nothing."""
    value = given.get(name)
    return value if isinstance(value, str) else ""


def local(path: str | None) -> str:
    """An address of ours to go to; anything else leads to the board."""
    inside = path and path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable()
    return path if path and inside else HOME
