"""Examples for the descriptions of the API; the tests hold them against the schemas."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from server.answers import STATUS
from server.errors import (
    Busy,
    Conflict,
    DependencyFailed,
    Forbidden,
    Invalid,
    KeyReused,
    Malformed,
    NeedsPerson,
    NotFile,
    NotFound,
    NotJson,
    Overtaken,
    Reauthenticate,
    Refused,
    Replace,
    SignedOut,
    Stale,
    TooLarge,
    TooMany,
    Unsaved,
    Unseen,
)
from server.orders.forms import (
    AdvanceForm,
    ChangeForm,
    FlagForm,
    IssueForm,
    MoveForm,
    NoteForm,
    OrderForm,
    ResolveForm,
    ScanForm,
    SeenForm,
    StatusForm,
    SurfaceForm,
    UndoForm,
)
from server.places.forms import LocationForm, PlaceForm, SettingsForm, StationForm
from server.routes.api import issue_shapes, place_shapes, shapes
from server.routes.api.operations import Nothing
from server.routes.api.people_examples import PEOPLE_EXAMPLES
from server.routes.api.specimens import CARD as CARD
from server.routes.api.specimens import (
    ENTRY,
    FLAGGED,
    ISSUE,
    ORDER,
    SETTINGS,
    STATION,
    Example,
)
from server.routes.api.specimens import PLACE as PLACE
from server.routes.api.uploads import FileForm

NAMED: Final = "q6urq6urq6urq6urq6urqwAB"
SCANNED: Final = (
    f"https://orders.example.org/q/{NAMED}.3W64WEZyFdAhwGIZ66O28YAN2AZtlUDehcM-uQtPQsE#K724"
)
PAGE: Final = f"https://orders.example.org/o/{NAMED}.yUwS0nT5Dq3ZrXw1mPz8QbV6kHc2LfG9aJt4RoEi7Nw"
EXAMPLES: Final[Mapping[type[BaseModel], list[Example]]] = {
    OrderForm: [ORDER],
    ChangeForm: [{"destination": "Block D, seat 2", "instructions": "By the stairs"}],
    AdvanceForm: [{"to": "ready", "seen": 2}],
    NoteForm: [{"text": "She comes back at nine for the rest."}],
    MoveForm: [
        {"seen": 2},
        {"seen": 2, "prep_minutes": 15},
        {"seen": 2, "reason": "out_of_stock", "message": "We are out of buns, sorry."},
    ],
    SurfaceForm: [{"seen": 1}, {}],
    UndoForm: [{"seen": 3}],
    FlagForm: [
        {
            "type": "partial_refund",
            "priority": "high",
            "text": "The fries were cold.",
            "lines": [1],
        },
        {"type": "full_refund", "seen": 3, "tapped_at": "2026-11-22T21:12:30+02:00"},
    ],
    IssueForm: [{"priority": "urgent", "text": "All of it was cold.", "lines": [], "seen": 4}],
    SeenForm: [{}, {"seen": 4}],
    ResolveForm: [
        {"outcome": "refunded_partial", "note": "Sent 8.50 back to the card.", "seen": 4}
    ],
    FileForm: [{"file": "(bytes)", "name": "fries.jpg"}],
    shapes.Flagged: [{**FLAGGED, "issue": ISSUE["id"]}],
    shapes.IssuePage: [{"issues": [{**ISSUE, "order": FLAGGED}], "next": None}],
    issue_shapes.Standing: [
        {"locations": [{"location": 7, "flagged": 4, "oldest_at": ISSUE["opened_at"]}]}
    ],
    StatusForm: [{"state": "busy", "reason": "Intermission", "minutes": 20}, {"state": "open"}],
    shapes.Card: [CARD],
    shapes.Ordered: [CARD, {**CARD, "noop": True}],
    shapes.WithHistory: [{**CARD, "history": [ENTRY]}],
    shapes.OrderPage: [{"orders": [CARD], "next": None}],
    shapes.Tally: [
        {"active": 23, "completed": 19, "stages": {"pending": 17, "ready": 6, "fulfilled": 19}}
    ],
    **PEOPLE_EXAMPLES,
    ScanForm: [{"text": SCANNED, "location": 7}, {"text": "K724", "location": 7}],
    shapes.Scanned: [
        {"verdict": "here", "order": CARD, "place": {"id": 7, "name": "Bar South"}},
        {"verdict": "unknown", "order": None, "place": None},
    ],
    shapes.Code: [
        {"text": SCANNED, "page": PAGE, "svg": '<svg viewBox="0 0 49 49" class="qr">…</svg>'}
    ],
    shapes.Place: [PLACE],
    place_shapes.Places: [{"locations": [PLACE]}],
    place_shapes.Station: [STATION],
    place_shapes.Stations: [{"stations": [STATION]}],
    place_shapes.Settings: [SETTINGS],
    LocationForm: [
        {
            "name": "Bar North",
            "kind": "bar",
            "flow": "onsite",
            "prep_minutes": 8,
            "stations": ["Bar", "Grill"],
        }
    ],
    PlaceForm: [
        {"prep_minutes": 12, "timezone": "Europe/Helsinki"},
        {"thresholds": {"pending": {"warn_seconds": 240, "late_seconds": 420}, "ready": None}},
    ],
    StationForm: [{"name": "Grill"}],
    Nothing: [{}],
    SettingsForm: [{"labels": {"onsite": {"pending": "New", "fulfilled": ""}}}],
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
    Reauthenticate: told(Reauthenticate, "Give your password once more to do this."),
    Replace: told(Replace, "Set a password of your own first."),
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
    DependencyFailed: told(
        DependencyFailed,
        "K724 was not set to Fulfilled, because the change before it was refused. It is Ready.",
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
    Overtaken: told(
        Overtaken,
        "Bar South has been changed by Ben since you saw it. Nothing of yours was saved.",
        location=PLACE,
        changed=CHANGED,
    ),
    TooLarge: told(TooLarge, "The request is larger than 64 KiB."),
    NotJson: told(NotJson, "Send JSON, with Content-Type: application/json.", field="Content-Type"),
    NotFile: told(
        NotFile,
        "Send the file as a form, with Content-Type: multipart/form-data.",
        field="Content-Type",
    ),
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
    TooMany: told(TooMany, "Too many wrong tries. Try again in 60 seconds."),
    Unseen: told(
        Unseen,
        "To set K724 to Cancelled, say which version you saw (If-Match).",
        field="If-Match",
    ),
    Unsaved: told(
        Unsaved, "The database could not take it just now. Nothing was changed: try again."
    ),
}
