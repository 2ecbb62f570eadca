"""What a database holds of orders, counted row by row."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from sqlmodel import Session, col, func, select

from server.models import Channel, Line, Order


@dataclass(frozen=True, slots=True)
class Ledger:
    """Orders, their lines, what both add up to, and how much was announced."""

    orders: int
    lines: int
    line_minor_units: int
    order_minor_units: int
    modifiers: int
    events: int

    def __sub__(self, before: Ledger) -> Ledger:
        """What has come since."""
        pairs = zip(astuple(self), astuple(before), strict=True)
        return Ledger(*(now - then for now, then in pairs))


NOTHING = Ledger(0, 0, 0, 0, 0, 0)


def ledger(session: Session) -> Ledger:
    """The figures of a whole database."""
    prices = select(func.sum(Line.quantity * Line.unit_price))
    return Ledger(
        orders=session.exec(select(func.count()).select_from(Order)).one(),
        lines=session.exec(select(func.count()).select_from(Line)).one(),
        line_minor_units=int(session.exec(prices).one() or 0),
        order_minor_units=int(session.exec(select(func.sum(Order.total))).one() or 0),
        modifiers=sum(len(chosen) for chosen in session.exec(select(Line.modifiers))),
        events=int(session.exec(select(func.sum(col(Channel.head)))).one() or 0),
    )
