"""How the issues of an order stand in its card: the open ones, and the last that were settled."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import orjson
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from server.models import Attachment, Issue, Order, table
from server.orders import cards
from server.orders.cards import Card
from server.orders.changes import CARD_LIMIT

RESOLVED_SHOWN: Final = 3
TEXT_SHOWN: Final = 80  # characters, where the card has no room for more
ATTACHMENTS: Final = table(Attachment)
Files = Mapping[str, Sequence[Card]]


def card(session: Session, order: Order) -> Card:
    """The order's card, with its issues as they are now; `flagged` while one of them is open."""
    shown = listed(session, order)
    order.flagged = any(issue.state == "open" for issue in shown)
    files = attached(session, [issue.id for issue in shown])
    whole = orjson.loads(order.card) | cards.standing(order)
    told = [about(issue, order, files.get(issue.id, ())) for issue in shown]
    return fitting(whole | {"flagged": order.flagged}, told)


def listed(session: Session, order: Order) -> list[Issue]:
    """The issues that a card shows: the open ones by age, then the last resolved."""
    session.flush()
    of_it = select(Issue).where(Issue.order_id == order.id)
    still_open = of_it.where(Issue.state == "open").order_by(col(Issue.opened_at), col(Issue.id))
    resolved = of_it.where(Issue.state == "resolved").order_by(col(Issue.settled_at).desc())
    return [*session.exec(still_open), *session.exec(resolved.limit(RESOLVED_SHOWN))]


def about(issue: Issue, order: Order, files: Sequence[Card]) -> Card:
    """An issue, as everybody is told of it."""
    return {
        "id": issue.id,
        "type": issue.type,
        "priority": issue.priority,
        "text": issue.text,
        "lines": issue.lines,
        "state": issue.state,
        "version": issue.version,
        "opened_at": cards.local(order, issue.opened_at),
        "opened_by": issue.opened_by,
        "outcome": issue.outcome,
        "note": issue.note,
        "settled_at": cards.local(order, issue.settled_at),
        "settled_by": issue.settled_by,
        "attachments": list(files),
    }


def attached(session: Session, issues: Iterable[str]) -> dict[str, list[Card]]:
    """What is attached to these issues, without the content."""
    of_them = (
        columns(*(ATTACHMENTS.c[name] for name in ("issue_id", "id", "name", "media_type", "size")))
        .where(ATTACHMENTS.c.issue_id.in_(list(issues)))
        .order_by(ATTACHMENTS.c.issue_id, ATTACHMENTS.c.at, ATTACHMENTS.c.id)
    )
    rows = session.connection().execute(of_them).mappings()
    grouped = groupby(rows, key=lambda row: row["issue_id"])
    return {issue: [file(dict(row)) for row in files] for issue, files in grouped}


def file(row: Mapping[str, Any]) -> Card:
    """One attachment, and where it is to be had."""
    named = {name: row[name] for name in ("id", "name", "media_type", "size")}
    return named | {"href": f"/api/v1/issues/{row['issue_id']}/attachments/{row['id']}"}


def fitting(whole: Card, told: Sequence[Card]) -> Card:
    """The card with its issues: an order of very many lines shows less of them, but all."""
    still_open = [issue for issue in told if issue["state"] == "open"]
    brief = [
        {**issue, "text": issue["text"][:TEXT_SHOWN], "attachments": []} for issue in still_open
    ]
    for some in (told, still_open):
        full = whole | {"issues": list(some)}
        if len(orjson.dumps(full)) <= CARD_LIMIT:
            return full
    return whole | {"issues": brief}
