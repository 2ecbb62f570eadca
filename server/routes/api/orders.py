"""Orders: looking for them, placing them, correcting them."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request

from server.answers import Answer, encoded
from server.orders import boards, details, intake
from server.orders.forms import ChangeForm, OrderForm
from server.orders.stages import Kind
from server.people.actors import Actor, Right
from server.routes.api import shapes
from server.routes.api.answering import once, one, page
from server.routes.api.conditions import matched
from server.routes.api.operations import Nothing, Operation
from server.routes.api.queries import CountQuery, OrdersQuery, ended
from server.state import State


async def orders(request: Request[State], by: Actor, asked: OrdersQuery) -> Answer:
    """List orders, the newest first."""
    found = await request.state["read"](boards.orders, asked.filters(), by=by)
    return page(found, request)


async def incoming(request: Request[State], by: Actor, asked: OrdersQuery) -> Answer:
    """List new orders, which wait to be accepted; scheduled ones once they surface."""
    filters = asked.filters()
    new = replace(filters, kinds=(Kind.NEW,), scheduled=bool(filters.scheduled))
    return page(await request.state["read"](boards.orders, new, by=by), request)


async def history(request: Request[State], by: Actor, asked: OrdersQuery) -> Answer:
    """List orders that have ended."""
    return page(await request.state["read"](boards.orders, ended(asked), by=by), request)


async def count(request: Request[State], by: Actor, asked: CountQuery) -> Answer:
    """Count orders: open, ended, and in each stage."""
    return encoded(await request.state["read"](boards.count, asked.location, by=by))


async def order(request: Request[State], by: Actor, _: Nothing) -> Answer:
    """Show an order and its history."""
    card, past = await request.state["read"](boards.order, ref(request), by=by)
    return one(card, past)


async def place(request: Request[State], by: Actor, asked: OrderForm) -> Answer:
    """Place an order.

    The same source and external id at a location is the same order: 200 with the first one.
    """
    return await once(request, by, intake.place, asked, by=by)


async def change(request: Request[State], by: Actor, asked: ChangeForm) -> Answer:
    """Correct an order.

    The customer and the destination need If-Match; of the other fields the last writer wins.
    """
    match = matched(request)
    return await once(request, by, details.change, ref(request), asked, by=by, match=match)


def ref(request: Request[State]) -> str:
    """The id or code in the address."""
    named: str = request.path_params["order"]
    return named


operations: list[Operation[Any]] = [
    Operation("GET", "/orders", orders, Right.ORDERS_READ, OrdersQuery, shapes.OrderPage),
    Operation(
        "POST", "/orders", place, Right.ORDERS_PLACE, OrderForm, shapes.Ordered, creates=True
    ),
    Operation(
        "GET", "/orders/incoming", incoming, Right.ORDERS_READ, OrdersQuery, shapes.OrderPage
    ),
    Operation("GET", "/orders/history", history, Right.ORDERS_READ, OrdersQuery, shapes.OrderPage),
    Operation("GET", "/orders/count", count, Right.ORDERS_READ, CountQuery, shapes.Tally),
    Operation("GET", "/orders/{order}", order, Right.ORDERS_READ, Nothing, shapes.WithHistory),
    Operation(
        "PATCH",
        "/orders/{order}",
        change,
        Right.ORDERS_EDIT,
        ChangeForm,
        shapes.Ordered,
        guarded=True,
    ),
]
