"""The table of the API: each line says who may do what, with which form, and what is answered.

Routes, rights and the OpenAPI description all come from it, so none of them can be forgotten.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from server import auth
from server.answers import Answer
from server.orders.forms import Form
from server.people.actors import Actor, Right
from server.routes.api.bodies import BODY_LIMIT, body, bounded, query
from server.routes.api.uploads import FORM_LIMIT, upload
from server.state import State

F = TypeVar("F", bound=BaseModel)
Handler = Callable[[Request[State], Actor, F], Awaitable[Answer]]

READING: Final = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Streamed(Answer):
    """An answer that is sent while it is made; it is never stored."""

    pieces: AsyncIterator[bytes] | None = None


class Nothing(Form):
    """Nothing is asked beyond the address."""


@dataclass(frozen=True, slots=True)
class Operation(Generic[F]):
    """One thing that can be done: its handler is told who asks, and for what."""

    method: str
    path: str
    handler: Handler[F]
    right: Right | tuple[Right, ...]  # several: one of them, the command knows which
    asked: type[F]  # filled in by the query string of a GET, by the body of the others
    answer: type[BaseModel] | None  # None: a file of one of `media`
    creates: bool = False  # 201 for something new
    guarded: bool = False  # takes If-Match
    cached: bool = False  # takes If-None-Match
    limited: bool = False  # may be asked only so often
    upload: bool = False  # takes a form with a file instead of JSON
    media: tuple[str, ...] = ()  # what kinds of files it answers with, where it does

    @property
    def rights(self) -> tuple[Right, ...]:
        """Whoever has one of these may ask."""
        return self.right if isinstance(self.right, tuple) else (self.right,)

    @property
    def limit(self) -> int:
        """How many bytes anybody may send."""
        return FORM_LIMIT if self.upload else BODY_LIMIT

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method in READING


@dataclass(frozen=True, slots=True)
class Resource:
    """One address, and what can be done there."""

    operations: Mapping[str, Operation[Any]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        operation = self.operations.get(READING[0] if method in READING else method)
        if operation is None:
            raise HTTPException(405, headers={"Allow": ", ".join(self.allowed)})
        request = Request[State](scope, bounded(receive, operation.limit))
        try:
            answer = await done(operation, request)
            await sent(answer)(scope, receive, send)
        except ClientDisconnect:
            return  # nobody is left to be answered

    @property
    def allowed(self) -> list[str]:
        """The methods this address answers to."""
        return sorted({*self.operations, *(READING if READING[0] in self.operations else ())})


async def done(operation: Operation[F], request: Request[State]) -> Answer:
    """Do it for whoever asks, if they may and if what they say fits."""
    by = await auth.require(request)
    if not by.rights.intersection(operation.rights):
        by.require(operation.rights[0])
    if operation.reads:
        return await operation.handler(request, by, query(request, operation.asked))
    if request.scope["query_string"]:
        query(request, Nothing)
    fill_in = upload if operation.upload else body
    return await operation.handler(request, by, await fill_in(request, operation.asked))


def routes(operations: Iterable[Operation[Any]]) -> list[Route]:
    """One route per address."""
    resources: dict[str, dict[str, Operation[Any]]] = {}
    for operation in operations:
        resources.setdefault(operation.path, {})[operation.method] = operation
    return [Route(path, Resource(found), name=path) for path, found in resources.items()]


def sent(answer: Answer) -> Response:
    """An answer as a response; browsers may keep it, but have to ask before they use it again."""
    headers = dict(answer.headers)
    response = (
        StreamingResponse(answer.pieces, answer.status, headers)
        if isinstance(answer, Streamed) and answer.pieces
        else Response(answer.body, answer.status, headers)
    )
    response.headers["Cache-Control"] = "private, no-cache"
    if answer.status != 304:
        response.headers["Content-Type"] = answer.content_type
    if answer.etag is not None:
        response.headers["ETag"] = f'"{answer.etag}"'
    return response
