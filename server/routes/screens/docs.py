"""`/docs`: both descriptions of the API as a page of our own, for whoever writes a program."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.routes.api import live_spec, spec
from server.routes.catalogue import SOURCE
from server.routes.templates import page
from server.state import State


def docs(request: Request[State]) -> Response:
    """What can be asked and heard, and what is answered; so long a page is drawn on a thread."""
    shown = {"spec": spec(), "asyncapi": live_spec(), "lang": SOURCE}
    return page(request, "screens/docs.html", shown)


routes = [Route("/docs", docs)]
