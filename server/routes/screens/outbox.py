"""`/outbox`: the mail we sent or, where no mail server is set, keep; for admins and managers."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import auth
from server.messaging import outbox
from server.people.actors import Right
from server.routes.templates import page
from server.state import State


async def mails(request: Request[State]) -> Response:
    """Show the latest mails; those that need a look come first."""
    by = await auth.require(request, Right.OUTBOX_READ)
    messages = await request.state["read"](outbox.listed, by=by)
    sending = bool(request.state["settings"].smtp_url)
    return page(request, "screens/outbox.html", {"messages": messages, "sending": sending})


routes = [Route("/outbox", mails, methods=["GET"])]
