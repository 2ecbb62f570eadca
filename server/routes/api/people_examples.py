"""Examples of people, devices and the change log."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from server.places.entry import (
    CodeForm,
    DeviceChangeForm,
    DeviceForm,
    InviteForm,
    PasswordForm,
    PersonForm,
    PinForm,
    PinSignInForm,
    ProofForm,
)
from server.routes.api import device_shapes
from server.routes.api import people_shapes as shapes

Example = dict[str, Any]

PERSON: Final[Example] = {
    "id": 4,
    "name": "Dan",
    "email": "dan@example.org",
    "role": "staff",
    "locations": [7],
    "state": "invited",
    "invited_by": "Ana",
    "invited_until": "2026-11-29T21:05:03+02:00",
    "seen_at": None,
    "pin": False,
    "version": 1,
}
DEVICE: Final[Example] = {
    "id": 2,
    "name": "Bar 2",
    "location": 7,
    "profile": "board",
    "state": "active",
    "paired_by": "Ben",
    "paired_at": "2026-11-22T17:00:00+00:00",
    "seen_at": "2026-11-22T19:04:30+00:00",
    "version": 3,
}
LINE: Final[Example] = {
    "id": 12,
    "at": "2026-11-22T19:05:03.120+00:00",
    "by": {"name": "Ana", "role": "admin", "device": "Firefox on Mac"},
    "kind": "person.invited",
    "subject": "Dan",
    "location": None,
    "detail": {"role": "staff"},
}
SESSION: Final[Example] = {
    "id": 31,
    "device": "Firefox on Mac",
    "since": "2026-11-22T17:00:00+00:00",
    "used_at": "2026-11-22T19:04:30+00:00",
    "here": True,
}
PEOPLE_EXAMPLES: Final[Mapping[type[BaseModel], list[Example]]] = {
    InviteForm: [{"email": "dan@example.org", "name": "Dan", "role": "staff", "locations": [7]}],
    PersonForm: [{"role": "manager", "locations": [7, 8]}, {"name": "Daniel"}],
    ProofForm: [{"password": "seven swans a-swimming"}],
    PasswordForm: [{"current": "seven swans a-swimming", "new": "nine ladies dancing slowly"}],
    PinForm: [{"pin": "271828"}, {"pin": None}],
    shapes.Person: [PERSON],
    shapes.People: [{"people": [PERSON], "next": None}],
    shapes.Sessions: [{"sessions": [SESSION]}],
    shapes.Done: [{"done": True}],
    CodeForm: [{"code": "WDJB-MJHT"}],
    DeviceForm: [
        {"code": "WDJB-MJHT", "name": "Bar 2", "location": 7, "profile": "board"},
    ],
    DeviceChangeForm: [{"name": "Bar 3"}],
    PinSignInForm: [{"person": 4, "pin": "271828"}],
    device_shapes.DeviceAbout: [DEVICE],
    device_shapes.Devices: [{"devices": [DEVICE]}],
    device_shapes.Asking: [
        {
            "described": "Chrome on Android",
            "address": "192.0.2.7",
            "asked_at": "2026-11-22T19:02:00+00:00",
            "expires_at": "2026-11-22T19:12:00+00:00",
        }
    ],
    device_shapes.Beat: [{"device": DEVICE, "token": None}],
    device_shapes.AtDevice: [{"id": 4, "name": "Dan"}],
    device_shapes.PeopleAtDevice: [{"people": [{"id": 4, "name": "Dan"}]}],
    shapes.ChangeLog: [{"changes": [LINE], "next": None}],
}
