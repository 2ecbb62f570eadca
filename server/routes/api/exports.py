"""Exports: orders to take away, as a file that is written while it is read."""

import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request

from server import auth
from server.answers import Answer
from server.clock import now
from server.errors import Refused
from server.orders import export
from server.orders.export import HEAD, ROW_BYTES, Scope
from server.orders.sheets import BOM, written
from server.people.actors import Actor, Right
from server.routes.api.operations import Operation, Streamed
from server.routes.api.queries import ExportQuery
from server.state import State

log = logging.getLogger(__name__)

CSV: Final = "text/csv; charset=utf-8"


async def orders_csv(request: Request[State], by: Actor, asked: ExportQuery) -> Answer:
    """Export orders as CSV, a row for each line.

    Every order that there is at the start stands in it exactly once, with its sums on its first
    row. It is read in batches while it is sent, so it is not of one moment: `Read at` says when
    each row was true. `Export-Rows` announces how many rows follow the heading, `Export-Size` about
    how many bytes. UTF-8 with a byte order mark, CRLF, times with their offset, amounts as decimal
    numbers. Cells that a spreadsheet program could take for a formula begin with an apostrophe.
    """
    found = await request.state["read"](export.scope, asked.filters(), by=by)
    headers = {
        "Content-Disposition": f'attachment; filename="{named(now())}"',
        "Export-Rows": str(found.rows),
        "Export-Size": str((found.rows + 1) * ROW_BYTES),
        "X-Content-Type-Options": "nosniff",
    }
    if request.method == "HEAD":
        return Answer(200, b"", None, CSV, headers)
    await request.state["perform"](export.note, found, by=by)
    return Streamed(200, b"", None, CSV, headers, rows(request, found))


async def rows(request: Request[State], found: Scope) -> AsyncIterator[bytes]:
    """The file, piece by piece. Where it cannot go on it breaks off: nobody takes it for whole.

    (Every piece asks anew who is there: the right to the file may end before the file does.)
    """
    yield BOM + written([HEAD])
    after: tuple[datetime, str] | None = None
    try:
        while True:
            by = await auth.require(request, Right.ORDERS_EXPORT)
            batch = await request.state["read"](export.batch, found, after, by=by)
            if batch.rows:
                yield written(batch.rows)
            if batch.after is None:
                return
            after = batch.after
    except Refused as refused:
        log.warning("An export broke off: %s", refused.message)
        raise ClientDisconnect from refused


def named(at: datetime) -> str:
    """What the file is called."""
    return f"orders-{at:%Y-%m-%d-%H%M}.csv"


operations: list[Operation[Any]] = [
    Operation(
        "GET",
        "/exports/orders.csv",
        orders_csv,
        Right.ORDERS_EXPORT,
        ExportQuery,
        None,
        media=(CSV,),
    )
]
