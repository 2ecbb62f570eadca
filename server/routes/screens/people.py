"""`/people`, `/changes`, `/account`: who may come in, what has changed, and one's own way in."""

from dataclasses import asdict
from typing import Any

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import auth
from server.errors import Forbidden
from server.people import changelog, own
from server.people.actors import Actor, Right
from server.places import people
from server.routes.screens.office import office
from server.routes.templates import page
from server.state import State


async def team(request: Request[State]) -> Response:
    """Show the people, a page at a time."""
    by = await auth.require(request, Right.PEOPLE_WRITE)
    cursor = request.query_params.get("cursor")
    return page(request, "screens/people.html", await request.state["read"](seen, cursor, by=by))


def seen(session: Session, cursor: str | None, *, by: Actor) -> dict[str, Any]:
    """The people, in one view of the database."""
    return office(session, by=by).context | asdict(people.listed(session, by=by, cursor=cursor))


async def changes(request: Request[State]) -> Response:
    """Show the change log, a page at a time."""
    by = await auth.require(request, Right.SETTINGS_WRITE)
    cursor = request.query_params.get("cursor")
    shown = await request.state["read"](logged, cursor, by=by)
    return page(request, "screens/changes.html", shown)


def logged(session: Session, cursor: str | None, *, by: Actor) -> dict[str, Any]:
    """The change log, in one view of the database."""
    found = changelog.listed(session, by=by, cursor=cursor)
    return office(session, by=by).context | asdict(found)


async def account(request: Request[State]) -> Response:
    """Show one's own account."""
    by = await auth.require(request, Right.LOCATIONS_READ)
    if by.sign_in is None:
        raise Forbidden("This page is for people who have signed in.")
    return page(request, "screens/account.html", await request.state["read"](mine, by=by))


def mine(session: Session, *, by: Actor) -> dict[str, Any]:
    """The account, in one view of the database."""
    account = own.account_of(session, by)
    return office(session, by=by).context | {
        "email": account.email,
        "pin": account.pin_hash is not None,
        "sessions": own.sessions_of(session, by=by),
    }


routes = [
    Route("/people", team, methods=["GET"]),
    Route("/changes", changes, methods=["GET"]),
    Route("/account", account, methods=["GET"]),
]
