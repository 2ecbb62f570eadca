"""One line for every address of Heard: who may use it, and what of what is there they meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from server.routes import api
from server.routes.api.operations import Operation
from tests.security.callers import Kind

PEOPLE: Final = frozenset({Kind.STAFF, Kind.MANAGER, Kind.NEIGHBOUR, Kind.ADMIN, Kind.STRANGER})
MANAGERS: Final = PEOPLE - {Kind.STAFF}
ADMINS: Final = frozenset({Kind.ADMIN, Kind.STRANGER})
KEYS: Final = frozenset({Kind.READER, Kind.WRITER})
WORKED_AT: Final = frozenset({Kind.BOARD, Kind.REGISTER})
ON_SHOW: Final = frozenset({Kind.KITCHEN, Kind.MERCH, Kind.PICKUP})

READING: Final = PEOPLE | KEYS | WORKED_AT
LOOKING: Final = READING | ON_SHOW
WORKING: Final = PEOPLE | {Kind.WRITER}
LEADING: Final = MANAGERS | {Kind.WRITER}


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may, where they see anything at all; everybody else is refused."""

    who: frozenset[Kind]
    personal: bool = False  # about the caller's own: whatever is named there is not theirs
    alone: bool = False  # about the caller and nothing else: no two answers need be alike
    open: bool = False  # anybody may ask: its own tests say what is answered


def of(*groups: Iterable[Kind]) -> Policy:
    return Policy(frozenset().union(*groups))


OPEN: Final = Policy(frozenset(Kind), open=True)
"""Sign-in, links of customers, documents: tests/routes, tests/security."""

EXCLUDED: Final = {
    "GET /healthz": "says that the process is up",
    "GET /readyz": "says that the house is fit to work",
    "GET /metrics": "METRICS_TOKEN, or this machine: tests/routes/test_metrics.py",
    "GET /static": "files of the screens",
    "GET /live": "every subscription: tests/security/test_channels.py",
}

POLICY: Final[dict[str, Policy]] = {
    "GET /": OPEN,
    "GET /docs": OPEN,
    "GET /login": OPEN,
    "POST /login": OPEN,
    "POST /login/ask": OPEN,
    "POST /logout": OPEN,
    "GET /password": OPEN,
    "POST /password": OPEN,
    "GET /forgot": OPEN,
    "POST /forgot": OPEN,
    "GET /reset/{token}": OPEN,
    "POST /reset/{token}": OPEN,
    "GET /public.css": OPEN,
    "POST /o/new": OPEN,
    "GET /o/{token}": OPEN,
    "GET /o/{token}/qr.svg": OPEN,
    "GET /q/{token}": OPEN,
    "GET /pair": OPEN,
    "POST /pair": OPEN,
    "POST /pair/poll": OPEN,
    "GET /shell": OPEN,
    "GET /sw.js": OPEN,
    "GET /switch": of(WORKED_AT),
    "GET /devices": of(MANAGERS),
    "GET /resolution": of(READING),
    "GET /settings": of(LEADING),
    "GET /board": of(READING),
    "GET /orders/{ref}": of(READING),
    "GET /orders/{ref}/qr.svg": of(READING),
    "GET /outbox": of(MANAGERS, {Kind.WRITER}),
    "GET /people": of(ADMINS),
    "GET /changes": of(LEADING),
    "GET /account": of(PEOPLE),
    "GET /api/v1/orders": of(READING),
    "POST /api/v1/orders": of(WORKING),
    "GET /api/v1/orders/incoming": of(READING),
    "GET /api/v1/orders/history": of(READING),
    "GET /api/v1/orders/count": of(READING),
    "GET /api/v1/orders/{order}": of(READING),
    "PATCH /api/v1/orders/{order}": of(WORKING),
    "POST /api/v1/orders/{order}/advance": of(WORKING),
    "POST /api/v1/orders/{order}/accept": of(WORKING),
    "POST /api/v1/orders/{order}/deny": of(WORKING),
    "POST /api/v1/orders/{order}/cancel": of(WORKING),
    "POST /api/v1/orders/{order}/ready": of(WORKING),
    "POST /api/v1/orders/{order}/complete": of(WORKING),
    "POST /api/v1/orders/{order}/undo": of(WORKING),
    "POST /api/v1/orders/{order}/surface": of(WORKING),
    "POST /api/v1/orders/{order}/notes": of(WORKING),
    "GET /api/v1/orders/{order}/qr": of(READING),
    "GET /api/v1/issues": of(READING),
    "GET /api/v1/issues/count": of(READING),
    "POST /api/v1/orders/{order}/issues": of(WORKING),
    "PATCH /api/v1/issues/{issue}": of(WORKING),
    "DELETE /api/v1/issues/{issue}": of(WORKING),
    "POST /api/v1/issues/{issue}/resolve": of(WORKING),
    "POST /api/v1/issues/{issue}/reopen": of(WORKING),
    "POST /api/v1/issues/{issue}/attachments": of(WORKING),
    "GET /api/v1/issues/{issue}/attachments/{attachment}": of(READING),
    "GET /api/v1/locations": of(LOOKING),
    "POST /api/v1/locations": of(ADMINS),
    "GET /api/v1/locations/{location}": of(LOOKING),
    "PATCH /api/v1/locations/{location}": of(LEADING),
    "POST /api/v1/locations/{location}/archive": of(ADMINS),
    "POST /api/v1/locations/{location}/restore": of(ADMINS),
    "GET /api/v1/locations/{location}/orders": of(READING),
    "GET /api/v1/locations/{location}/board": of(READING),
    "PUT /api/v1/locations/{location}/status": of(LEADING),
    "GET /api/v1/settings": of(LOOKING),
    "PATCH /api/v1/settings": of(ADMINS),
    "GET /api/v1/locations/{location}/stations": of(LOOKING),
    "POST /api/v1/locations/{location}/stations": of(LEADING),
    "PATCH /api/v1/stations/{station}": of(LEADING),
    "DELETE /api/v1/stations/{station}": of(LEADING),
    "GET /api/v1/exports/orders.csv": of(LEADING),
    "POST /api/v1/scans": of(READING),
    "GET /api/v1/people": of(ADMINS),
    "POST /api/v1/people": of(ADMINS),
    "GET /api/v1/people/{person}": of(ADMINS),
    "PATCH /api/v1/people/{person}": of(ADMINS),
    "POST /api/v1/people/{person}/invite": of(ADMINS),
    "POST /api/v1/people/{person}/disable": of(ADMINS),
    "POST /api/v1/people/{person}/enable": of(ADMINS),
    "POST /api/v1/people/{person}/clear_pin": of(ADMINS),
    "POST /api/v1/pairings": of(MANAGERS),
    "GET /api/v1/devices": of(MANAGERS),
    "POST /api/v1/devices": of(MANAGERS),
    "PATCH /api/v1/devices/{device}": of(MANAGERS),
    "POST /api/v1/devices/{device}/pair": of(MANAGERS),
    "POST /api/v1/devices/{device}/revoke": of(MANAGERS),
    "POST /api/v1/devices/self/beat": Policy(WORKED_AT | ON_SHOW, alone=True),
    "GET /api/v1/devices/self/people": of(WORKED_AT, ON_SHOW),  # nobody, at a display
    "POST /api/v1/devices/self/sign_in": of(WORKED_AT, ON_SHOW),  # never, at a display
    "GET /api/v1/changes": of(LEADING),
    "POST /api/v1/account/proof": of(PEOPLE),
    "POST /api/v1/account/password": of(PEOPLE),
    "PUT /api/v1/account/pin": of(PEOPLE),
    "GET /api/v1/account/sessions": of(PEOPLE),
    "POST /api/v1/account/sessions/end": of(PEOPLE),
    "POST /api/v1/account/sessions/{session}/end": Policy(PEOPLE, personal=True),
}


@dataclass(frozen=True, slots=True)
class Address:
    """One method at one path, and the line of the API's table where it has one."""

    method: str
    path: str
    line: Operation[Any] | None = None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def addresses(routes: Iterable[BaseRoute]) -> Iterator[Address]:
    """Everything that the application answers to."""
    for line in api.table:
        yield Address(line.method, f"/api/v1{line.path}", line)
    for route in routes:
        if isinstance(route, Route):
            methods = (route.methods or set()) - {"HEAD"}
            yield from (Address(method, route.path) for method in methods)
        elif not (isinstance(route, Mount) and route.path == "/api/v1"):
            assert isinstance(route, Mount | WebSocketRoute)
            yield Address("GET", route.path)
