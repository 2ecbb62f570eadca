"""Moving an order: to a stage by name, by a word that means the same in every flow, and back."""

from typing import Any

from starlette.requests import Request

from server.answers import Answer
from server.orders import lifecycle, scheduled
from server.orders.forms import AdvanceForm, MoveForm, SurfaceForm, UndoForm
from server.orders.stages import Short
from server.people.actors import Actor, Right
from server.routes.api.answering import once
from server.routes.api.conditions import matched
from server.routes.api.operations import F, Handler, Operation
from server.routes.api.orders import ref
from server.routes.api.shapes import Ordered
from server.state import State

CAN_MOVE = (Right.ORDERS_MOVE, Right.ORDERS_CANCEL)  # the stage decides which it takes


async def advance(request: Request[State], by: Actor, asked: AdvanceForm) -> Answer:
    """Move an order to a stage of its flow."""
    match = matched(request)
    return await once(
        request, by, lifecycle.advance, ref(request), asked.to, asked, by=by, match=match
    )


async def accept(request: Request[State], by: Actor, asked: MoveForm) -> Answer:
    """Accept an order: work on it begins."""
    return await shortly(request, by, Short.ACCEPT, asked)


async def deny(request: Request[State], by: Actor, asked: MoveForm) -> Answer:
    """Deny an order that has come in; it takes a reason, and the version that was seen."""
    return await shortly(request, by, Short.DENY, asked)


async def cancel(request: Request[State], by: Actor, asked: MoveForm) -> Answer:
    """Cancel an order; it takes a reason, and the version that was seen."""
    return await shortly(request, by, Short.CANCEL, asked)


async def ready(request: Request[State], by: Actor, asked: MoveForm) -> Answer:
    """Say that an order is ready to be handed out."""
    return await shortly(request, by, Short.READY, asked)


async def complete(request: Request[State], by: Actor, asked: MoveForm) -> Answer:
    """Complete an order: it is with its customer."""
    return await shortly(request, by, Short.COMPLETE, asked)


async def undo(request: Request[State], by: Actor, asked: UndoForm) -> Answer:
    """Take the last move back, within 8 seconds."""
    match = matched(request)
    seen = asked.seen if match is None else match
    return await once(request, by, lifecycle.undo, ref(request), by=by, match=seen)


async def surface(request: Request[State], by: Actor, asked: SurfaceForm) -> Answer:
    """Take a scheduled order up before its time: due time minus the location's prep minutes."""
    match = matched(request)
    seen = asked.seen if match is None else match
    return await once(request, by, scheduled.surface, ref(request), by=by, match=seen)


async def shortly(request: Request[State], by: Actor, word: Short, asked: MoveForm) -> Answer:
    """Move an order by a word that needs no knowledge of its flow."""
    match = matched(request)
    return await once(request, by, lifecycle.shortly, ref(request), word, asked, by=by, match=match)


def move(handler: Handler[F], right: Right | tuple[Right, ...], form: type[F]) -> Operation[F]:
    """A line of the table: a move is called like its handler."""
    path = f"/orders/{{order}}/{handler.__name__}"
    return Operation("POST", path, handler, right, form, Ordered, guarded=True)


operations: list[Operation[Any]] = [
    move(advance, CAN_MOVE, AdvanceForm),
    move(accept, Right.ORDERS_MOVE, MoveForm),
    move(deny, Right.ORDERS_CANCEL, MoveForm),
    move(cancel, Right.ORDERS_CANCEL, MoveForm),
    move(ready, Right.ORDERS_MOVE, MoveForm),
    move(complete, Right.ORDERS_MOVE, MoveForm),
    move(undo, Right.ORDERS_MOVE, UndoForm),
    move(surface, Right.ORDERS_MOVE, SurfaceForm),
]
