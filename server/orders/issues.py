"""Flagging an order: its issues are opened, corrected, removed, resolved and reopened.

An issue lies over the stage and never changes it, but for the one that is settled last at an event:
resolving it moves the order to `resolved`, reopening it leads back where the order came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session, col, select

from server.clock import now
from server.errors import Invalid, NotFound
from server.events import Kind
from server.models import Attachment, Issue, Line, Order
from server.orders import changes, flags
from server.orders.attachments import Drawn
from server.orders.changes import Outcome
from server.orders.codes import new_id, plausible
from server.orders.forms import FlagForm, IssueForm, ResolveForm, SeenForm
from server.orders.lifecycle import OFFLINE_AGE
from server.orders.refusals import changed, conflict, too_old
from server.orders.stages import PLANS, Flow
from server.people.actors import Actor, Right

OPEN_LIMIT: Final = 8  # open issues of one order: with their texts they have to fit its card
ATTACHED_LIMIT: Final = 10
RESOLVED: Final = "resolved"
UNRESOLVABLE: Final = ("cancelled", RESOLVED)  # from here an order is not moved to `resolved`


@dataclass(frozen=True, slots=True)
class Flagged(Outcome):
    """What became of an order, and the issue it is about."""

    issue: str = ""


def flag(
    session: Session, ref: str, form: FlagForm, *, by: Actor, match: int | None = None
) -> Flagged:
    """Open an issue: always added, whatever has happened to the order meanwhile."""
    order = loaded(session, ref, form, by, match)
    check_lines(session, order, form.lines)
    if len(still_open(session, order)) >= OPEN_LIMIT:
        words = f"{order.code} has {OPEN_LIMIT} open issues: update or resolve one of them."
        raise conflict(session, order, words)
    issue = Issue(
        id=new_id("iss_"),
        organization_id=order.organization_id,
        order_id=order.id,
        type=form.type,
        priority=form.priority,
        text=form.text,
        lines=sorted(set(form.lines)),
        opened_at=now(),
        opened_by=by.name,
        changed_at=now(),
    )
    session.add(issue)
    detail = {"priority": issue.priority}
    return saved(session, order, issue, Kind.ORDER_FLAGGED, by, form, detail=detail, created=True)


def update(
    session: Session, ref: str, form: IssueForm, *, by: Actor, match: int | None = None
) -> Flagged:
    """Correct an open issue, unless somebody else has changed it since the caller looked."""
    order, issue = found(session, ref, form, by, match)
    if issue.state != "open":
        raise conflict(session, order, f"That issue of {order.code} is {issue.state}: reopen it.")
    asked = {"type", "priority", "text", "lines"} & form.model_fields_set
    given = {name: getattr(form, name) for name in asked}
    wanted = {name: value for name, value in given.items() if value is not None}
    if "lines" in wanted:
        check_lines(session, order, wanted["lines"])
        wanted["lines"] = sorted(set(wanted["lines"]))
    differing = {name: value for name, value in wanted.items() if getattr(issue, name) != value}
    if not differing:
        return unchanged(order, issue)
    if form.seen is not None and form.seen < issue.version:
        raise changed(session, order)
    for name, value in differing.items():
        setattr(issue, name, value)
    detail = {"fields": sorted(differing)}
    return saved(session, order, issue, Kind.ORDER_ISSUE_CHANGED, by, form, detail=detail)


def remove(
    session: Session, ref: str, form: SeenForm, *, by: Actor, match: int | None = None
) -> Flagged:
    """Take a flag back that was a mistake."""
    order, issue = found(session, ref, form, by, match)
    if issue.state == "removed":
        return unchanged(order, issue)
    if issue.state == "resolved":
        words = f"{issue.settled_by} has resolved that issue of {order.code}: it stays."
        raise conflict(session, order, words)
    settle(issue, "removed", by)
    return saved(session, order, issue, Kind.ORDER_ISSUE_REMOVED, by, form)


def resolve(
    session: Session, ref: str, form: ResolveForm, *, by: Actor, match: int | None = None
) -> Flagged:
    """Settle an issue; the last one takes an order of an event to `resolved`."""
    order, issue = found(session, ref, form, by, match)
    if issue.state == "resolved":
        return unchanged(order, issue)
    if issue.state == "removed":
        raise conflict(session, order, f"{issue.settled_by} has removed that flag: it was none.")
    issue.outcome, issue.note = form.outcome.value, form.note
    settle(issue, "resolved", by)
    left = order.stage
    if not still_open(session, order) and resolvable(order):
        place(order, RESOLVED, [*order.trail, order.stage], by)
    detail = {"outcome": issue.outcome}
    return saved(session, order, issue, Kind.ORDER_RESOLVED, by, form, left=left, detail=detail)


def reopen(
    session: Session, ref: str, form: SeenForm, *, by: Actor, match: int | None = None
) -> Flagged:
    """Open an issue again that was resolved; the order goes back to the stage it came from."""
    order, issue = found(session, ref, form, by, match)
    if issue.state == "open":
        return unchanged(order, issue)
    if issue.state == "removed":
        raise conflict(session, order, f"{issue.settled_by} has removed that flag: flag it anew.")
    issue.state, issue.outcome, issue.note = "open", None, None
    issue.settled_at = issue.settled_by = None
    left = order.stage
    if order.stage == RESOLVED and order.trail:
        place(order, order.trail[-1], order.trail[:-1], by)
    return saved(session, order, issue, Kind.ORDER_REOPENED, by, form, left=left)


def attach(
    session: Session, ref: str, drawn: Drawn, *, by: Actor, match: int | None = None
) -> Flagged:
    """Add a picture or document to an open issue."""
    form = SeenForm()
    order, issue = found(session, ref, form, by, match)
    if issue.state != "open":
        raise conflict(session, order, f"That issue of {order.code} is {issue.state}: reopen it.")
    if len(flags.attached(session, [issue.id]).get(issue.id, ())) >= ATTACHED_LIMIT:
        words = f"That issue of {order.code} has {ATTACHED_LIMIT} attachments already."
        raise conflict(session, order, words)
    session.add(
        Attachment(
            id=new_id("att_"),
            issue_id=issue.id,
            name=drawn.name,
            media_type=drawn.media_type,
            size=len(drawn.content),
            width=drawn.width,
            height=drawn.height,
            content=drawn.content,
            at=now(),
            by=by.name,
        )
    )
    detail = {"fields": ["attachments"]}
    kind = Kind.ORDER_ISSUE_CHANGED
    return saved(session, order, issue, kind, by, form, detail=detail, created=True)


def loaded(
    session: Session, ref: str, form: SeenForm, by: Actor, match: int | None, words: str = ""
) -> Order:
    """The order, locked; unless the tap is too old, or the version that was named is gone."""
    try:
        order = changes.load(session, ref, by=by)
    except NotFound as absent:
        raise NotFound(words or absent.message) from absent
    by.require(Right.ISSUES_WRITE)
    if form.tapped_at and now() - form.tapped_at > OFFLINE_AGE:
        raise too_old(session, order)
    if match is not None and match != order.version:
        raise changed(session, order)
    return order


def found(
    session: Session, ref: str, form: SeenForm, by: Actor, match: int | None
) -> tuple[Order, Issue]:
    """An issue and its order, both locked; absent and foreign answer alike."""
    absent = "There is no such issue."
    own = select(Issue.order_id).where(
        Issue.id == ref, col(Issue.organization_id) == by.organization
    )
    order_id = session.exec(own).first() if plausible(ref) else None
    if order_id is None:
        raise NotFound(absent)
    order = loaded(session, order_id, form, by, match, absent)
    return order, session.get_one(Issue, ref)


def check_lines(session: Session, order: Order, numbers: list[int]) -> None:
    """Refuse lines that the order does not have."""
    if not numbers:
        return
    known = set(session.exec(select(Line.number).where(Line.order_id == order.id)))
    for place_, number in enumerate(numbers):
        if number not in known:
            raise Invalid(f"{order.code} has no line {number}.", field=f"lines.{place_}")


def still_open(session: Session, order: Order) -> list[str]:
    """The open issues of an order."""
    session.flush()
    own = select(Issue.id).where(Issue.order_id == order.id, Issue.state == "open")
    return list(session.exec(own))


def settle(issue: Issue, state: str, by: Actor) -> None:
    """Say who closed an issue, and when."""
    issue.state, issue.settled_at, issue.settled_by = state, now(), by.name


def resolvable(order: Order) -> bool:
    """Whether the end of the last issue is the end of the order."""
    return order.flow == Flow.ONSITE and order.stage not in UNRESOLVABLE


def place(order: Order, to: str, trail: list[str], by: Actor) -> None:
    """Set the stage that an issue decides. Undo is not for this: reopen is."""
    at, stage = now(), PLANS[Flow(order.flow)].stages[to]
    order.moved_from, order.moved_by, order.moved_at = order.stage, by.name, at
    order.moved_reason = order.moved_message = None
    order.stage, order.kind, order.open, order.trail = to, stage.kind.value, stage.open, trail
    order.entered_at, order.ended_at, order.undo = at, None if stage.open else at, None


def unchanged(order: Order, issue: Issue) -> Flagged:
    """It was like that already."""
    return Flagged(order.card.encode(), order.version, noop=True, issue=issue.id)


def saved(
    session: Session,
    order: Order,
    issue: Issue,
    kind: Kind,
    by: Actor,
    form: SeenForm,
    *,
    left: str | None = None,
    detail: Mapping[str, Any] | None = None,
    created: bool = False,
) -> Flagged:
    """Write down the order with its issues as they are now; history keeps none of their texts."""
    merged = form.seen is not None and form.seen != order.version
    order.version += 1
    issue.version, issue.changed_at = order.version, now()
    card = flags.card(session, order)
    about = {"issue": issue.id, "type": issue.type, **(detail or {})}
    told = changes.save(
        session, order, kind, by=by, card=card, from_stage=left or order.stage, detail=about
    )
    return Flagged(told.card, told.version, created, False, merged, issue.id)
