"""Answers about orders: stored cards are put into them as they are, never read or written anew."""

from collections.abc import Sequence
from typing import Any, ParamSpec

import orjson
from starlette.requests import Request

from server.answers import Answer, encoded
from server.orders.boards import Page, Snapshot
from server.orders.changes import Outcome
from server.people.actors import Actor
from server.perform import Command
from server.routes.api.conditions import claim
from server.state import State

P = ParamSpec("P")


async def once(
    request: Request[State],
    by: Actor,
    command: Command[P, Outcome],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Answer:
    """Do a command on an order, at most once per Idempotency-Key, and answer with its card."""
    key = await claim(request, by)
    return await request.state["perform"].once(key, ordered, command, *args, **kwargs)


def ordered(outcome: Outcome) -> Answer:
    """An order after a command."""
    status = 201 if outcome.created else 200
    return Answer(status, beside(outcome.card, told(outcome)), str(outcome.version))


def told(outcome: Outcome) -> dict[str, Any]:
    """What else there is to say of a command."""
    return {name: True for name in ("noop", "merged") if getattr(outcome, name)}


def one(card: bytes, history: Sequence[dict[str, Any]]) -> Answer:
    """An order with its history, whose last line is of the present version."""
    return Answer(200, beside(card, {"history": history}), str(history[-1]["version"]))


def page(found: Page, request: Request[State]) -> Answer:
    """A page of orders, with the address of the next one."""
    orders = [orjson.Fragment(card) for card in found.orders]
    return linked({"orders": orders, "next": found.next}, request)


def linked(told: dict[str, Any], request: Request[State]) -> Answer:
    """A page of anything, with the address of the next one."""
    listed = encoded(told)
    if told["next"] is None:
        return listed
    following = request.url.include_query_params(cursor=told["next"])
    link = {"Link": f'<{following.path}?{following.query}>; rel="next"'}
    return Answer(listed.status, listed.body, headers=link)


def board(snapshot: Snapshot) -> Answer:
    """Everything a board shows, and the position at which it was true."""
    shown = {
        "epoch": snapshot.epoch,
        "offset": snapshot.offset,
        "orders": [orjson.Fragment(card) for card in snapshot.orders],
        "counts": orjson.Fragment(snapshot.counts),
    }
    return encoded(shown, etag=position(snapshot.epoch, snapshot.offset))


def position(epoch: str, offset: int) -> str:
    """The version of a board."""
    return f"{epoch}:{offset}"


def unchanged(etag: str) -> Answer:
    """What the caller has is still what there is."""
    return Answer(304, b"", etag)


def beside(card: bytes, members: dict[str, Any]) -> bytes:
    """A card with further members behind its own."""
    return card[:-1] + b"," + orjson.dumps(members)[1:] if members else card


def located(place: dict[str, Any]) -> Answer:
    """A location, or another thing with a version, after a command."""
    return encoded(place, etag=str(place["version"]))


def made(thing: dict[str, Any]) -> Answer:
    """The same, where it is new."""
    return encoded(thing, 201, str(thing["version"]))
