"""Refusals that show the order as it is now, with who changed it and when."""

from typing import Any

from sqlmodel import Session

from server.errors import Conflict, DependencyFailed, NeedsPerson, Stale
from server.models import History, Order
from server.orders import cards
from server.orders.changes import customary
from server.orders.stages import PLANS, Flow, Stage


def illegal(session: Session, order: Order, stage: Stage, *, waited: bool) -> Conflict:
    """The refusal of a move that the flow does not have; `waited`: of a tap sent later."""
    moves = PLANS[Flow(order.flow)].moves_from(order.stage, order.trail)
    legal = [label(order, move.to) for move in moves]
    ways = "It can become " + ", ".join(legal) + "." if legal else "It goes no further."
    words = f"{order.code} is {label(order)} and cannot become {label(order, stage.key)}. {ways}"
    kind = NeedsPerson if waited and not order.open else Conflict
    return kind(words, **shown(session, order))


def changed(session: Session, order: Order) -> Stale:
    """The refusal to act on a version that is gone."""
    more = shown(session, order)
    who = more["changed"]["by"]
    words = (
        f"{order.code} has changed since you saw it: {who} was last, and it is {label(order)} now."
    )
    return Stale(words, **more)


def conflict(session: Session, order: Order, words: str) -> Conflict:
    """A refusal that shows the order as it is."""
    return Conflict(words, **shown(session, order))


def too_old(session: Session, order: Order) -> NeedsPerson:
    """The refusal of a tap that waited too long offline."""
    words = f"This tap on {order.code} is more than 12 hours old: look at it again."
    return NeedsPerson(words, **shown(session, order))


def unfounded(session: Session, order: Order, stage: Stage) -> DependencyFailed:
    """The refusal of a tap whose forerunner was refused."""
    words = (
        f"{order.code} was not set to {label(order, stage.key)}, because the change before it "
        f"was refused. It is {label(order)}."
    )
    return DependencyFailed(words, **shown(session, order))


def shown(session: Session, order: Order) -> dict[str, Any]:
    """What a refusal tells of the order: its card, and who changed it when."""
    last = session.get_one(History, (order.id, order.version))
    changed = {"at": cards.local(order, last.at), "by": last.by_name}
    return {"order": order.card.encode(), "changed": changed}


def label(order: Order, stage: str | None = None) -> str:
    """What a stage is called where the order is; the present one, if none is named."""
    return customary(order).label(order.flow, stage or order.stage)
