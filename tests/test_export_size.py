"""The export of very many orders: all of them, and no more memory than for few."""

import time
import tracemalloc
from typing import Any, Final

import orjson
import pytest
from sqlalchemy import insert
from sqlmodel import Session, select

from server.models import Line, Order, table
from server.orders import export, intake
from server.orders.boards import Filters
from server.orders.sheets import written
from tests.cast import Cast, wish
from tests.hands import Do, Look

SIZES: Final = (2_000, pytest.param(100_000, marks=pytest.mark.long))
PEAK_MEGABYTES: Final = 16
AT_ONCE: Final = 5_000


def stocked(session: Session, cast: Cast, many: int) -> None:
    """So many orders of two lines each, put there as they are stored."""
    kept = intake.place(session, wish(cast.bar), by=cast.shop)
    first = session.get_one(Order, orjson.loads(kept.card)["id"])
    order = first.model_dump()
    lines = [line.model_dump() for line in session.exec(select(Line)).all()]
    for start in range(1, many, AT_ONCE):
        own = [f"{first.id[:-6]}{n:06}" for n in range(start, min(start + AT_ONCE, many))]
        orders = [order | {"id": ident, "code": ident[-9:].upper()} for ident in own]
        session.connection().execute(insert(table(Order)), orders)
        copies = [line | {"order_id": ident} for ident in own for line in lines]
        session.connection().execute(insert(table(Line)), copies)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("many", SIZES)
def test_memory_does_not_grow_with_the_orders(
    do: Do, look: Look, cast: Cast, many: int, record_property: Any
) -> None:
    do(stocked, cast, many)
    began = time.monotonic()
    found = look(export.scope, Filters(), by=cast.ana)
    batch = export.Batch([], None)
    rows = size = 0
    tracemalloc.start()

    while not rows or batch.after:
        batch = look(export.batch, found, batch.after, by=cast.ana)
        rows, size = rows + len(batch.rows), size + len(written(batch.rows))

    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    record_property(f"export of {many} orders", f"{time.monotonic() - began:.1f} s, {peak:.1f} MB")
    assert (found.orders, found.rows, rows) == (many, 2 * many, 2 * many)
    assert peak < PEAK_MEGABYTES
    assert size / rows == pytest.approx(export.ROW_BYTES, rel=0.25)
