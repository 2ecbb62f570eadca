"""`/outbox`: the mail we sent or, where no mail server is set, keep; for admins and managers."""

from typing import Any

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import auth
from server.messaging import outbox
from server.people.actors import Actor, Right
from server.routes.screens.frame import locale
from server.routes.templates import page
from server.state import State


async def mails(request: Request[State]) -> Response:
    """Show the latest mails; those that need a look come first."""
    by = await auth.require(request, Right.OUTBOX_READ)
    shown = await request.state["read"](seen, by=by)
    sending = bool(request.state["settings"].smtp_url)
    return page(request, "screens/outbox.html", shown | {"sending": sending})


def seen(session: Session, *, by: Actor) -> dict[str, Any]:
    """The mails, in one view of the database."""
    return {"messages": outbox.listed(session, by=by), "lang": locale(session, by)}


routes = [Route("/outbox", mails, methods=["GET"])]
