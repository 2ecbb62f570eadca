"""Which orders are only scheduled at a moment, in the words of the database."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, not_
from sqlmodel import col

from server.models import Order
from server.orders.cards import WAITING


def scheduled(at: datetime, *, still: bool) -> ColumnElement[bool]:
    """The condition that an order is only scheduled at that time; or else that it is not."""
    waits = and_(
        col(Order.surfaces_at).is_not(None),
        col(Order.surfaces_at) > at,
        col(Order.surfaced_at).is_(None),
        col(Order.kind).in_([kind.value for kind in WAITING]),
    )
    return waits if still else not_(waits)
