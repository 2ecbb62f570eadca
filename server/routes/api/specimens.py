"""One of each thing that the examples speak of."""

from typing import Any, Final

Example = dict[str, Any]


def euros(amount: int) -> Example:
    """An amount."""
    return {"amount": amount, "currency": "EUR"}


CARD: Final[Example] = {
    "id": "ord_06f8mz6k7qv2d9t3w5x1y4b0c7",
    "code": "K724",
    "version": 3,
    "location": 7,
    "flow": "onsite",
    "source": "online_store",
    "stage": "ready",
    "label": "Ready",
    "kind": "ready",
    "customer": {"name": "Maria K.", "email": "maria@example.org", "phone": "+358401234567"},
    "destination": "Block C, seat 14",
    "instructions": None,
    "lines": [
        {
            "id": 1,
            "name": "Burger",
            "sku": "BRG",
            "quantity": 2,
            "unit_price": euros(850),
            "modifiers": [{"name": "No onions", "quantity": 1, "price": euros(0)}],
            "note": None,
            "station": None,
            "done": False,
        }
    ],
    "totals": {
        "subtotal": euros(1700),
        "discount": euros(0),
        "service_fee": euros(0),
        "tax": euros(238),
        "tip": euros(0),
        "total": euros(1938),
    },
    "payment": {
        "paid": euros(1938),
        "refunded": euros(0),
        "owed": euros(0),
        "method": "card",
        "deadline": None,
    },
    "packages": [],
    "placed_at": "2026-11-22T21:05:03.123+02:00",
    "due_at": None,
    "promised_at": None,
    "surfaces_at": None,
    "ended_at": None,
    "flagged": False,
    "issues": [],
    "unread": 0,
    "text": {"items": "2× Burger", "total": "€19.38", "place": "Block C, seat 14"},
    "timer": {
        "since": "2026-11-22T21:09:41.480+02:00",
        "warn_at": "2026-11-22T21:19:41.480+02:00",
        "late_at": "2026-11-22T21:29:41.480+02:00",
    },
    "moved": {
        "at": "2026-11-22T21:09:41.480+02:00",
        "by": "Ana",
        "from": "pending",
        "reason": None,
        "message": None,
        "undo_until": "2026-11-22T21:09:49.480+02:00",
    },
    "next": [
        {
            "to": "fulfilled",
            "label": "Fulfilled",
            "kind": "done",
            "requires": [],
            "right": "orders.move",
            "back": False,
        },
        {
            "to": "cancelled",
            "label": "Cancelled",
            "kind": "void",
            "requires": ["reason"],
            "right": "orders.cancel",
            "back": False,
        },
    ],
    "href": "/orders/K724",
}
ISSUE_ID: Final = "iss_06f8mz6k7qv2d9t3w5x1y4b0c7"
FILE_ID: Final = "att_06f8mz6k7qv2d9t3w5x1y4b0c8"
ISSUE: Final[Example] = {
    "id": ISSUE_ID,
    "type": "partial_refund",
    "priority": "high",
    "text": "The fries were cold.",
    "lines": [1],
    "state": "open",
    "version": 4,
    "opened_at": "2026-11-22T21:12:30.120+02:00",
    "opened_by": "Ana",
    "outcome": None,
    "note": None,
    "settled_at": None,
    "settled_by": None,
    "attachments": [
        {
            "id": FILE_ID,
            "name": "fries.jpg",
            "media_type": "image/jpeg",
            "size": 183422,
            "href": f"/api/v1/issues/{ISSUE_ID}/attachments/{FILE_ID}",
        }
    ],
}
FLAGGED: Final[Example] = {**CARD, "version": 4, "flagged": True, "issues": [ISSUE]}
ENTRY: Final[Example] = {
    "version": 3,
    "kind": "order.advanced",
    "at": "2026-11-22T21:09:41.480+02:00",
    "by": {"name": "Ana", "role": "manager", "device": "Bar 2"},
    "from": "pending",
    "to": "ready",
    "detail": {},
}
PLACE: Final[Example] = {
    "id": 7,
    "name": "Bar South",
    "kind": "bar",
    "flow": "onsite",
    "timezone": "Europe/Helsinki",
    "prep_minutes": 10,
    "starts_at": None,
    "ends_at": None,
    "capacity": None,
    "labels": {
        "pending": "New",
        "ready": "Ready",
        "fulfilled": "Given out",
        "resolved": "Resolved",
        "cancelled": "Cancelled",
    },
    "thresholds": {
        "pending": {"warn_seconds": 300, "late_seconds": 480},
        "ready": {"warn_seconds": 600, "late_seconds": 1200},
    },
    "archived": False,
    "version": 2,
    "status": {
        "state": "busy",
        "reason": "Intermission",
        "by": "Ana",
        "until": "2026-11-22T21:30:00+02:00",
    },
    "channel": "location:7",
}
SETTINGS: Final[Example] = {
    "id": 1,
    "name": "Midsummer Festival",
    "currency": "EUR",
    "locale": "en_IE",
    "timezone": "Europe/Helsinki",
    "labels": {"onsite": PLACE["labels"]},
    "renamed": {"onsite": {"pending": "New", "fulfilled": "Given out"}},
    "version": 5,
}
STATION: Final[Example] = {"id": 3, "location": 7, "name": "Grill", "version": 2}
ORDER: Final[Example] = {
    "location": 7,
    "source": "online_store",
    "external_id": "WEB-10482",
    "customer": {"name": "Maria K.", "email": "maria@example.org", "phone": "040 123 4567"},
    "destination": "Block C, seat 14",
    "lines": [
        {
            "name": "Burger",
            "sku": "BRG",
            "quantity": 2,
            "unit_price": 850,
            "modifiers": [{"name": "No onions"}],
        }
    ],
    "totals": {"tax": 238, "total": 1938},
    "payment": {"method": "card", "state": "done"},
}
