"""Is the process up, and is the house fit to work: for load balancers, and for people at a loss."""

from typing import Final

from sqlmodel import Session, func, select
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from server.errors import Refused
from server.models import Channel
from server.state import State

LAG_SECONDS: Final = 60.0


async def alive(_: Request[State]) -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


async def ready(request: Request[State]) -> Response:
    """Whether the database answers, the bell rings, and the reactions keep up."""
    told = {"database": await database(request), **await request.state["health"]()}
    fit = told["database"] == "ok" and told["reactions_lag_seconds"] < LAG_SECONDS
    return JSONResponse({"ready": fit, **told}, 200 if fit else 503)


async def database(request: Request[State]) -> str:
    """`ok`, or why not."""
    try:
        await request.state["read"](channels)
    except Refused as refused:
        return refused.message
    return "ok"


def channels(session: Session) -> int:
    """How many channels there are: a question that needs the tables."""
    return session.exec(select(func.count()).select_from(Channel)).one()


routes = [
    Route("/healthz", alive, methods=["GET"]),
    Route("/readyz", ready, methods=["GET"]),
]
