"""Examples for the descriptions of the API; the tests hold them against the schemas."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from server.answers import STATUS
from server.errors import (
    Busy,
    Conflict,
    Forbidden,
    Invalid,
    KeyReused,
    Malformed,
    NeedsPerson,
    NotFound,
    NotJson,
    Refused,
    SignedOut,
    Stale,
    TooLarge,
    Unsaved,
    Unseen,
)
from server.orders.forms import (
    AdvanceForm,
    ChangeForm,
    MoveForm,
    OrderForm,
    StatusForm,
    UndoForm,
)
from server.routes.api import shapes

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
    "version": 2,
    "status": {
        "state": "busy",
        "reason": "Intermission",
        "by": "Ana",
        "until": "2026-11-22T21:30:00+02:00",
    },
    "channel": "location:7",
}
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
EXAMPLES: Final[Mapping[type[BaseModel], list[Example]]] = {
    OrderForm: [ORDER],
    ChangeForm: [{"destination": "Block D, seat 2", "instructions": "By the stairs"}],
    AdvanceForm: [{"to": "ready", "seen": 2}],
    MoveForm: [
        {"seen": 2},
        {"seen": 2, "prep_minutes": 15},
        {"seen": 2, "reason": "out_of_stock", "message": "We are out of buns, sorry."},
    ],
    UndoForm: [{"seen": 3}],
    StatusForm: [{"state": "busy", "reason": "Intermission", "minutes": 20}, {"state": "open"}],
    shapes.Card: [CARD],
    shapes.Ordered: [CARD, {**CARD, "noop": True}],
    shapes.WithHistory: [{**CARD, "history": [ENTRY]}],
    shapes.OrderPage: [{"orders": [CARD], "next": None}],
    shapes.Tally: [
        {"active": 23, "completed": 19, "stages": {"pending": 17, "ready": 6, "fulfilled": 19}}
    ],
    shapes.Place: [PLACE],
    shapes.Places: [{"locations": [PLACE]}],
    shapes.Board: [{"epoch": "k3f9", "offset": 41, "orders": [CARD], "counts": {"ready": 1}}],
}


def told(kind: type[Refused], detail: str, **more: Any) -> Example:
    """A problem of a kind."""
    head = {"type": f"/problems/{kind.type}", "title": kind.title, "status": STATUS[kind]}
    return {**head, "detail": detail, **more}


CHANGED: Final[Example] = {"at": CARD["moved"]["at"], "by": "Ana"}
PROBLEMS: Final[Mapping[type[Refused], Example]] = {
    Malformed: told(Malformed, "The body is not JSON: Expecting value at line 1 column 9."),
    SignedOut: told(SignedOut, "Sign in, or send an API key as a bearer token."),
    Forbidden: told(Forbidden, "This API key lacks the scope orders.move."),
    NotFound: told(NotFound, "There is no such order."),
    Conflict: told(
        Conflict,
        "K724 is Ready and cannot become Pending. It can become Fulfilled, Cancelled.",
        order=CARD,
        changed=CHANGED,
    ),
    NeedsPerson: told(
        NeedsPerson,
        "This tap on K724 is more than 12 hours old: look at it again.",
        order=CARD,
        changed=CHANGED,
    ),
    Busy: told(Busy, "The same request is being worked on right now.", field="Idempotency-Key"),
    Stale: told(
        Stale,
        "K724 has changed since you saw it. Ana set it to Ready.",
        order=CARD,
        changed=CHANGED,
    ),
    TooLarge: told(TooLarge, "The request is larger than 64 KiB."),
    NotJson: told(NotJson, "Send JSON, with Content-Type: application/json.", field="Content-Type"),
    Invalid: told(
        Invalid,
        "lines.0.quantity must be 1 or more.",
        field="lines.0.quantity",
        errors=[{"field": "lines.0.quantity", "detail": "lines.0.quantity must be 1 or more."}],
    ),
    KeyReused: told(
        KeyReused,
        "This Idempotency-Key was used for another request: make a new one.",
        field="Idempotency-Key",
    ),
    Unseen: told(
        Unseen,
        "To set K724 to Cancelled, say which version you saw (If-Match).",
        field="If-Match",
    ),
    Unsaved: told(
        Unsaved, "The database could not take it just now. Nothing was changed: try again."
    ),
}
