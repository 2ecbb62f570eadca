"""Money that moved, row by row."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class LedgerEntry(SQLModel, table=True):
    """A charge, refund or fee of one order; amounts are positive minor units."""

    __tablename__ = "ledger_entry"

    id: int | None = Field(default=None, primary_key=True)
    order_id: str = Field(foreign_key="orders.id", index=True)
    kind: str  # charge
    method: str
    amount: int = Field(sa_type=BigInteger)
    currency: str
    state: str  # pending, done or failed
    reference: str | None = None  # the provider's
    at: datetime
