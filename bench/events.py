"""The 740-byte order event of the workloads, marked with its channel and its number there."""

from typing import Any, Final

import orjson

MESSAGE_BYTES: Final = 740
ENVELOPE_BYTES: Final = 157  # what Heard puts around a card for the staff


def mark(channel: int, number: int) -> str:
    """How a load generator recognises an event, whoever sent it."""
    return f"~c{channel:04d}n{number:08d}"


def card(channel: int, number: int, size: int = MESSAGE_BYTES - ENVELOPE_BYTES) -> bytes:
    """An order as it is shown, of exactly so many bytes."""
    short = orjson.dumps(contents(channel, number, ""))
    return orjson.dumps(contents(channel, number, "." * (size - len(short))))


def message(channel: int, number: int) -> bytes:
    """The whole event, as a hub without a book sends it."""
    head = {"event": "order.advanced", "channel": f"location:{channel}", "offset": number + 1}
    body = orjson.dumps(head)[:-1] + b',"order":'
    return body + card(channel, number, MESSAGE_BYTES - len(body) - 1) + b"}"


def contents(channel: int, number: int, filling: str) -> dict[str, Any]:
    return {
        "id": f"ord_{mark(channel, number)}",
        "code": f"B{number % 1000:03d}",
        "version": number + 1,
        "location": channel,
        "flow": "onsite",
        "source": "online_store",
        "stage": "ready",
        "label": "Ready",
        "kind": "ready",
        "customer": {"name": "Maria K.", "email": None, "phone": "+358401234567"},
        "lines": [{"id": 1, "name": "Burger", "quantity": 2, "note": filling}],
        "text": {"items": "2× Burger", "total": "€17.00", "place": "Block C, seat 14"},
        "moved": None,
        "href": f"/orders/B{number % 1000:03d}",
    }
