"""The ledger: what an order has been charged. Card figures are derived from its rows."""

from datetime import datetime
from typing import Literal

from sqlmodel import Session

from server.models import LedgerEntry, Order

State = Literal["pending", "done", "failed"]


def charge(
    session: Session, order: Order, amount: int, *, method: str, state: State, at: datetime
) -> LedgerEntry:
    """Write down a charge; one that is done counts as paid."""
    entry = LedgerEntry(
        order_id=order.id,
        kind="charge",
        method=method,
        amount=amount,
        currency=order.currency,
        state=state,
        at=at,
    )
    session.add(entry)
    if state == "done":
        order.paid += amount
    return entry


def settle(session: Session, order: Order, at: datetime) -> int | None:
    """Charge what is still owed, as paid by hand; the row's id, or None when nothing is owed."""
    owed = order.total - order.paid
    if owed <= 0:
        return None
    method = order.payment_method or "manual"
    entry = charge(session, order, owed, method=method, state="done", at=at)
    session.flush()
    return entry.id


def withdraw(session: Session, order: Order, entry_id: int) -> None:
    """Take back a charge that was written down by mistake."""
    entry = session.get_one(LedgerEntry, entry_id)
    entry.state = "failed"
    order.paid -= entry.amount
