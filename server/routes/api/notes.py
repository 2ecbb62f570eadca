"""Notes of the staff about an order."""

from typing import Any

from starlette.requests import Request

from server.answers import Answer
from server.orders import remarks
from server.orders.forms import NoteForm
from server.people.actors import Actor, Right
from server.routes.api.answering import once
from server.routes.api.operations import Operation
from server.routes.api.orders import ref
from server.routes.api.shapes import Ordered
from server.state import State


async def note(request: Request[State], by: Actor, asked: NoteForm) -> Answer:
    """Write a note about an order.

    It is always added; everybody who opens the order reads it in the history.
    """
    return await once(request, by, remarks.note, ref(request), asked, by=by)


operations: list[Operation[Any]] = [
    Operation("POST", "/orders/{order}/notes", note, Right.ORDERS_EDIT, NoteForm, Ordered),
]
