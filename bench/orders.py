"""Orders to be moved, and the requests that move them, made before anything is timed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from sqlmodel import Session, col, select

from bench.events import mark
from server.db import Database
from server.events import enter
from server.models import Order
from server.orders.forms import OrderForm
from server.orders.intake import place
from server.people import keys

AT_ONCE: Final = 500


def placed(url: str, key: str, locations: Sequence[int], count: int) -> list[str]:
    """Place so many orders, one location after the other; each bears its mark. Their ids."""
    with closing(Database(url)) as database:
        for start in range(0, count, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, count))
            database.write_now(partial(take_in, key=key, locations=locations, numbers=numbers))
        return database.read_now(in_order)


def in_order(session: Session) -> list[str]:
    return list(session.exec(select(Order.id).order_by(col(Order.external_id))))


def take_in(session: Session, *, key: str, locations: Sequence[int], numbers: range) -> None:
    by = keys.bearer(session, key)
    assert by
    for number in numbers:
        place(session, form(locations[number % len(locations)], number), by=by)
    enter(session)


def form(location: int, number: int) -> OrderForm:
    return OrderForm.model_validate(
        {
            "location": location,
            "source": "online_store",
            "external_id": f"B{number:08d}",
            "customer": {"name": "Maria K.", "phone": "+358401234567"},
            "destination": "Block C, seat 14",
            "instructions": mark(location, number),
            "lines": [{"name": "Burger", "quantity": 2, "unit_price": 850}],
        }
    )


def advances(ids: Sequence[str], key: str, to: str = "ready") -> list[bytes]:
    """One request for each order, with a key of its own."""
    return [advance(one, key, to) for one in ids]


def advance(order: str, key: str, to: str) -> bytes:
    body = f'{{"to":"{to}"}}'
    head = (
        f"POST /api/v1/orders/{order}/advance HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {key}",
        "Content-Type: application/json",
        f"Idempotency-Key: {order}-{to}",
        f"Content-Length: {len(body)}",
    )
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def write(requests: Sequence[bytes], file: Path) -> Path:
    """The way the clients read them: the size on four bytes, then the request."""
    file.write_bytes(b"".join(len(one).to_bytes(4, "little") + one for one in requests))
    return file
