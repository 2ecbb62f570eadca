"""Drawing stored cards anew where a place has changed its customs: its words, times or zone.

What boards show is drawn at once: every open order, the last that ended, and what is flagged. Older
orders keep the card they have; whoever reads one puts today's words on it (orders/boards.py). The
versions stay: nobody did anything to the orders.
"""

from types import SimpleNamespace
from typing import Any, Final, cast

import orjson
from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from server.models import Location, Order, table
from server.orders import cards
from server.orders.boards import ENDED_KEPT, open_issue
from server.orders.customs import Customs
from server.statements import Row

BATCH: Final = 500
ORDERS: Final = table(Order)
COLUMNS: Final = ("card", "customs_version", "timezone", "surfaces_at")
KEEP: Final = (
    update(ORDERS)
    .where(ORDERS.c.id == bindparam("ref"))
    .values({name: bindparam(f"new_{name}", type_=ORDERS.c[name].type) for name in COLUMNS})
)


def redraw(session: Session, location_id: int, timezone: str, customs: Customs) -> set[str]:
    """Draw what the boards of a location show; the flows of those orders."""
    shown, flows = on_boards(session, location_id), set()
    whole = select(ORDERS).order_by(ORDERS.c.id).with_for_update()
    for start in range(0, len(shown), BATCH):
        some = whole.where(ORDERS.c.id.in_(shown[start : start + BATCH]))
        rows = [dict(row) for row in session.execute(some).mappings()]
        drawn = [anew(row | {"timezone": timezone}, customs) for row in rows]
        session.connection().execute(KEEP, drawn)
        flows |= {row["flow"] for row in rows}
    return flows


def on_boards(session: Session, location_id: int) -> list[str]:
    """The ids of what the boards of a location show, in order."""
    here = select(ORDERS.c.id).where(ORDERS.c.location_id == location_id)
    ended = here.where(~ORDERS.c.open)
    latest = ended.order_by(ORDERS.c.ended_at.desc(), ORDERS.c.id.desc()).limit(ENDED_KEPT)
    flagged = ended.where(open_issue(session.get_one(Location, location_id).organization_id))
    asked = (here.where(ORDERS.c.open), latest, flagged)
    return sorted({order_id for some in asked for order_id in session.scalars(some)})


def anew(row: Row, customs: Customs) -> dict[str, Any]:
    """The card of an order as it would be drawn today."""
    order = cast("Order", SimpleNamespace(**row))
    card = orjson.loads(order.card) | cards.standing(order)
    card["placed_at"] = cards.local(order, order.placed_at)
    customs.put_on(card, order)
    return {
        "ref": order.id,
        "new_card": orjson.dumps(card).decode(),
        "new_customs_version": customs.version,
        "new_timezone": order.timezone,
        "new_surfaces_at": order.surfaces_at,
    }
