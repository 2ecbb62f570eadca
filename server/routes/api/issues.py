"""Issues: what is wrong with orders, who sees to it, and the pictures of it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request

from server.answers import Answer, encoded
from server.errors import Unsaved
from server.orders import attachments, issues, resolution
from server.orders.attachments import MEDIA_TYPES, Drawn
from server.orders.forms import FlagForm, IssueForm, ResolveForm, SeenForm
from server.orders.issues import Flagged
from server.people.actors import Actor, Right
from server.routes.api import issue_shapes, shapes
from server.routes.api.answering import beside, linked, told
from server.routes.api.conditions import claim, known, matched
from server.routes.api.operations import Nothing, Operation
from server.routes.api.orders import ref
from server.routes.api.queries import IssuesQuery
from server.routes.api.uploads import FileForm
from server.state import State

drawing: Final = ThreadPoolExecutor(1, "pictures")
WAITING_LIMIT: Final = 8
DOWNLOAD: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
waiting: Final[set[object]] = set()


async def queue(request: Request[State], by: Actor, asked: IssuesQuery) -> Answer:
    """List issues, the oldest first, each with its order."""
    found = await request.state["read"](resolution.queue, asked.filters(), by=by)
    return linked({"issues": found.issues, "next": found.next}, request)


async def standing(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Count the flagged orders of each location, and say since when the oldest waits."""
    found = await request.state["read"](resolution.standing, by=by)
    return encoded({"locations": found})


async def flag(request: Request[State], by: Actor, asked: FlagForm) -> Answer:
    """Flag an order: open an issue of it. Its stage stays."""
    key, match = await claim(request, by), matched(request)
    perform = request.state["perform"]
    return await perform.once(key, flagged, issues.flag, ref(request), asked, by=by, match=match)


async def update_issue(request: Request[State], by: Actor, asked: IssueForm) -> Answer:
    """Correct an open issue; what is not named stays.

    Refused if somebody else has changed the issue since the version that was `seen`.
    """
    return await done(request, by, issues.update, asked)


async def remove_issue(request: Request[State], by: Actor, asked: SeenForm) -> Answer:
    """Remove an issue that was none: the flag was a mistake."""
    return await done(request, by, issues.remove, asked)


async def resolve(request: Request[State], by: Actor, asked: ResolveForm) -> Answer:
    """Resolve an issue, with its outcome and a note.

    An onsite order becomes `resolved` with its last open issue; others stay in their stage.
    """
    return await done(request, by, issues.resolve, asked)


async def reopen(request: Request[State], by: Actor, asked: SeenForm) -> Answer:
    """Reopen a resolved issue; a resolved order goes back to the stage it came from."""
    return await done(request, by, issues.reopen, asked)


async def attach(request: Request[State], by: Actor, asked: FileForm) -> Answer:
    """Attach a picture or PDF to an open issue.

    What it is, its content says. Pictures are drawn anew, without anything that came with them.
    """
    await request.state["read"](resolution.issue, named(request), by=by)
    picture = await drawn(asked)
    key, match = await claim(request, by, content(asked)), matched(request)
    perform, issue = request.state["perform"], named(request)
    return await perform.once(key, flagged, issues.attach, issue, picture, by=by, match=match)


async def attachment(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Download what is attached to an issue."""
    part = request.path_params["attachment"]
    found = await request.state["read"](resolution.attachment, named(request), part, by=by)
    if known(request, found.id):
        return Answer(304, b"", found.id)
    ascii_name = found.name.encode("ascii", "replace").decode().replace("?", "_")
    name = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(found.name)}"
    headers = {**DOWNLOAD, "Content-Disposition": name}
    return Answer(200, found.content, found.id, found.media_type, headers)


async def done(
    request: Request[State], by: Actor, command: Callable[..., Flagged], asked: SeenForm
) -> Answer:
    """Do something about the issue in the address."""
    key, match = await claim(request, by), matched(request)
    perform = request.state["perform"]
    return await perform.once(key, flagged, command, named(request), asked, by=by, match=match)


def content(asked: FileForm) -> bytes:
    """What makes an upload the same one: forms are spelled anew with every try."""
    return asked.name.encode() + b"\n" + asked.file


async def drawn(asked: FileForm) -> Drawn:
    """The upload as it may be kept; drawn beside the loop, one at a time."""
    if len(waiting) >= WAITING_LIMIT:
        words = "Too many pictures have come at once. This one was not kept: try again."
        raise Unsaved(words)
    place = object()
    waiting.add(place)
    try:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(drawing, attachments.drawn, asked.file, asked.name)
    finally:
        waiting.discard(place)


def flagged(outcome: Flagged) -> Answer:
    """An order after something was done about an issue of it."""
    body = beside(outcome.card, {**told(outcome), "issue": outcome.issue})
    return Answer(201 if outcome.created else 200, body, str(outcome.version))


def named(request: Request[State]) -> str:
    """The issue in the address."""
    issue: str = request.path_params["issue"]
    return issue


operations: list[Operation[Any]] = [
    Operation("GET", "/issues", queue, Right.ORDERS_READ, IssuesQuery, shapes.IssuePage),
    Operation("GET", "/issues/count", standing, Right.ORDERS_READ, Nothing, issue_shapes.Standing),
    Operation(
        "POST",
        "/orders/{order}/issues",
        flag,
        Right.ISSUES_WRITE,
        FlagForm,
        shapes.Flagged,
        creates=True,
        guarded=True,
    ),
    Operation(
        "PATCH",
        "/issues/{issue}",
        update_issue,
        Right.ISSUES_WRITE,
        IssueForm,
        shapes.Flagged,
        guarded=True,
    ),
    Operation(
        "DELETE",
        "/issues/{issue}",
        remove_issue,
        Right.ISSUES_WRITE,
        SeenForm,
        shapes.Flagged,
        guarded=True,
    ),
    Operation(
        "POST",
        "/issues/{issue}/resolve",
        resolve,
        Right.ISSUES_WRITE,
        ResolveForm,
        shapes.Flagged,
        guarded=True,
    ),
    Operation(
        "POST",
        "/issues/{issue}/reopen",
        reopen,
        Right.ISSUES_WRITE,
        SeenForm,
        shapes.Flagged,
        guarded=True,
    ),
    Operation(
        "POST",
        "/issues/{issue}/attachments",
        attach,
        Right.ISSUES_WRITE,
        FileForm,
        shapes.Flagged,
        creates=True,
        guarded=True,
        upload=True,
    ),
    Operation(
        "GET",
        "/issues/{issue}/attachments/{attachment}",
        attachment,
        Right.ORDERS_READ,
        Nothing,
        None,
        cached=True,
        media=MEDIA_TYPES,
    ),
]
