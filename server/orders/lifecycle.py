"""Moving an order through the stages of its flow, and taking the last move back."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from server.clock import now
from server.errors import Invalid, Unseen
from server.events import Kind
from server.models import History, Location, Order, StoredAnswer
from server.orders import cards
from server.orders.changes import Outcome, load, save
from server.orders.forms import MoveForm
from server.orders.reasons import CancelReason, DenyReason
from server.orders.refusals import changed, conflict, illegal, label, too_old, unfounded
from server.orders.stages import (
    PLANS,
    SHORT,
    Flow,
    Move,
    Short,
    Stage,
    right_for,
)
from server.orders.stages import Kind as StageKind
from server.payments import ledger
from server.people.actors import Actor, Right

UNDO: Final = timedelta(seconds=8)
OFFLINE_AGE: Final = timedelta(hours=12)
REMEMBERED: Final = (
    "stage",
    "kind",
    "open",
    "trail",
    "packages",
    "moved_by",
    "moved_from",
    "moved_reason",
    "moved_message",
)
TIMES_REMEMBERED: Final = ("entered_at", "ended_at", "moved_at", "promised_at")


def advance(
    session: Session,
    ref: str,
    to: str,
    form: MoveForm,
    *,
    by: Actor,
    match: int | None = None,
) -> Outcome:
    """Move an order to a stage. `match` is the version it must still have (If-Match)."""
    order = load(session, ref, by=by)
    plan = PLANS[Flow(order.flow)]
    stage = plan.stages.get(to)
    if stage is None:
        raise Invalid(f"A {order.flow} order has no stage “{to}”.", field="to")
    by.require(right_for(to))
    if order.stage == to:
        return Outcome(order.card.encode(), order.version, noop=True)
    overtaken = check_seen(session, order, stage, form, match, by)
    if overtaken and to in order.trail and ahead_then(session, order, to, form):
        return Outcome(order.card.encode(), order.version, noop=True)
    move = plan.move(order.stage, to, order.trail)
    if move is None:
        raise illegal(session, order, stage, waited=form.tapped_at is not None)
    if must_be_seen(move, stage):
        check_current(session, order, stage, form, match)
    outcome = make(session, order, move, stage, form, by)
    return replace(outcome, merged=overtaken)


def shortly(
    session: Session,
    ref: str,
    word: Short,
    form: MoveForm,
    *,
    by: Actor,
    match: int | None = None,
) -> Outcome:
    """Move an order by a word that needs no knowledge of its flow: ready, complete, cancel …"""
    order = load(session, ref, by=by)
    to = SHORT[Flow(order.flow)].get(word)
    if to is None:
        words = f"{order.code} is a {order.flow} order: there is no “{word}” for it."
        raise conflict(session, order, words)
    return advance(session, order.id, to, form, by=by, match=match)


def undo(session: Session, ref: str, *, by: Actor, match: int | None = None) -> Outcome:
    """Take the last move back, within 8 seconds, to exactly the stage before."""
    by.require(Right.ORDERS_MOVE)
    order = load(session, ref, by=by)
    if match is not None and match != order.version:
        raise changed(session, order)
    if order.undo is None:
        raise conflict(session, order, f"There is no move of {order.code} to undo.")
    if now() > datetime.fromisoformat(order.undo["until"]):
        words = f"{order.code} was moved more than 8 seconds ago: set it back instead."
        raise conflict(session, order, words)
    left = order.stage
    for name, was in order.undo["before"].items():
        setattr(
            order, name, datetime.fromisoformat(was) if was and name in TIMES_REMEMBERED else was
        )
    if order.undo.get("charge"):
        ledger.withdraw(session, order, order.undo["charge"])
    order.undo = None
    order.version += 1
    return save(session, order, Kind.ORDER_UNDONE, by=by, from_stage=left)


def check_seen(
    session: Session, order: Order, stage: Stage, form: MoveForm, match: int | None, by: Actor
) -> bool:
    """Refuse a tap that came too late; True if the order has moved since and it may be merged."""
    if form.tapped_at and now() - form.tapped_at > OFFLINE_AGE:
        raise too_old(session, order)
    if form.after and not done(session, form.after, by):
        raise unfounded(session, order, stage)
    if match is not None and match != order.version:
        raise changed(session, order)
    overtaken = match is None and form.seen is not None and form.seen != order.version
    if overtaken and stage.kind is StageKind.VOID:
        raise changed(session, order)
    return overtaken


def done(session: Session, key: str, by: Actor) -> bool:
    """Whether an earlier request of the same caller was answered, and not with a refusal."""
    answer = session.get(StoredAnswer, (by.key, key))
    return answer is not None and answer.status is not None and answer.status < 400


def ahead_then(session: Session, order: Order, to: str, form: MoveForm) -> bool:
    """Whether the stage, which the order has passed, still lay ahead when the caller looked."""
    seen = (
        select(History.to_stage)
        .where(History.order_id == order.id, col(History.version) <= form.seen)
        .where(col(History.to_stage).is_not(None))
        .order_by(col(History.version).desc())
    )
    path = [*order.trail, order.stage]
    then = session.exec(seen).first()
    if then in path and path.index(to) < path.index(then):
        raise changed(session, order)  # it was a step back, and those must see the present version
    return True


def must_be_seen(move: Move, stage: Stage) -> bool:
    """Whether the caller must have looked at the order as it is now."""
    return move.back or stage.kind is StageKind.VOID


def check_current(
    session: Session, order: Order, stage: Stage, form: MoveForm, match: int | None
) -> None:
    """Refuse unless the caller named the present version."""
    named = match if match is not None else form.seen
    if named is None:
        raise Unseen(
            f"To set {order.code} to {label(order, stage.key)}, say which version you saw"
            " (If-Match).",
            field="If-Match",
        )
    if named != order.version:
        raise changed(session, order)


def make(
    session: Session, order: Order, move: Move, stage: Stage, form: MoveForm, by: Actor
) -> Outcome:
    """Do a legal move."""
    at = now()
    before, left = remembered(order), order.stage
    detail = fulfil(session, order, move, stage, form, at)
    order.trail = order.trail[:-1] if move.back else [*order.trail, order.stage]
    order.stage, order.kind, order.open = stage.key, stage.kind.value, stage.open
    order.entered_at = order.moved_at = at
    order.ended_at = None if stage.open else at
    order.moved_by, order.moved_from = by.name, left
    order.moved_reason, order.moved_message = detail.get("reason"), form.message or None
    order.version += 1
    order.undo = undoing(order, before, at)
    if stage.key == "paid" and (charge := ledger.settle(session, order, at)):
        order.undo = {**order.undo, "charge": charge}
    return save(session, order, Kind.ORDER_ADVANCED, by=by, from_stage=left, detail=detail)


def remembered(order: Order) -> dict[str, Any]:
    """Everything that a move may change."""
    kept = {name: getattr(order, name) for name in REMEMBERED}
    times = {name: getattr(order, name) for name in TIMES_REMEMBERED}
    return kept | {name: at.isoformat() if at else None for name, at in times.items()}


def undoing(order: Order, before: dict[str, Any], at: datetime) -> dict[str, Any]:
    """What an undo has to put back: only what this move has changed."""
    after = remembered(order)
    differing = {name: was for name, was in before.items() if was != after[name]}
    return {"until": (at + UNDO).isoformat(), "before": differing}


def fulfil(
    session: Session,
    order: Order,
    move: Move,
    stage: Stage,
    form: MoveForm,
    at: datetime,
) -> dict[str, Any]:
    """See that the move has what it requires, and do what it causes; its detail for the history."""
    detail: dict[str, Any] = {}
    if "reason" in move.requires:
        detail["reason"] = reason(stage, form.reason)
    if "prep_minutes" in move.requires:
        minutes = form.prep_minutes
        if minutes is None:
            minutes = session.get_one(Location, order.location_id).prep_minutes
        order.promised_at = at + timedelta(minutes=minutes)
        detail["prep_minutes"] = minutes
    if "tracking" in move.requires:
        courier, tracking = (
            needed("courier", form.courier),
            needed("tracking", form.tracking),
        )
        package = {
            "courier": courier,
            "tracking": tracking,
            "at": cards.local(order, at),
        }
        order.packages = [*order.packages, package]
        detail["courier"] = courier
    return detail


def reason(stage: Stage, given: str | None) -> str:
    """The reason code, one of the closed list of that stage."""
    known = [r.value for r in (DenyReason if stage.key == "denied" else CancelReason)]
    if given in known:
        return given
    listed = ", ".join(known)
    asked = f"“{given}” is not one of" if given else "Say why, with one of"
    raise Invalid(f"{asked} these reasons: {listed}.", field="reason")


def needed(field: str, given: str | None) -> str:
    """A value without which the move makes no sense."""
    if not given:
        raise Invalid(f"Say the {field} of the parcel.", field=field)
    return given
