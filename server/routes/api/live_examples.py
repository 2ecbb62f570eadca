"""Examples of live messages; the tests hold them against the schemas."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from pydantic import BaseModel

from server.events import Audience
from server.orders.cards import project
from server.realtime import protocol
from server.routes.api.examples import CARD, PAGE, PLACE
from server.routes.api.specimens import SETTINGS

Example = dict[str, Any]

NOW: Final = "2026-11-22T19:09:41.502Z"
COUNTS: Final = {"pending": 17, "ready": 6, "fulfilled": 19}
BY: Final = {"name": "Ana", "device": "Bar 2"}
WATCHED: Final = f"order:{PAGE.rpartition('/')[2]}"
BOUGHT: Final = orjson.loads(project(Audience.BUYER, orjson.dumps(CARD)))
SAID: Final[Mapping[type[BaseModel], list[Example]]] = {
    protocol.Subscribe: [
        {"subscribe": "location:7"},
        {"subscribe": WATCHED, "audience": "buyer"},
        {"subscribe": "location:7", "audience": "staff", "since": 41, "epoch": "k3f9"},
    ],
    protocol.Unsubscribe: [{"unsubscribe": "location:7"}],
    protocol.Seen: [{"seen": {"location:7": 45}}],
    protocol.Ping: [{"ping": 1}],
}
TOLD: Final[Mapping[type[BaseModel], list[Example]]] = {
    protocol.Subscribed: [
        {
            "subscribed": "location:7",
            "epoch": "k3f9",
            "offset": 44,
            "now": NOW,
            "build": "5b1f0a6c2d",
            "rights": ["orders.move", "orders.read"],
        }
    ],
    protocol.SnapshotPart: [
        {
            "snapshot": "location:7",
            "epoch": "k3f9",
            "offset": 44,
            "part": 1,
            "of": 1,
            "orders": [CARD],
            "counts": COUNTS,
        }
    ],
    protocol.Event: [
        {
            "event": "order.advanced",
            "channel": "location:7",
            "offset": 45,
            "at": "2026-11-22T19:09:41.480+00:00",
            "by": BY,
            "order": CARD,
            "counts": COUNTS,
        },
        {
            "event": "location.changed",
            "channel": "location:7",
            "offset": 46,
            "at": "2026-11-22T19:10:02.117+00:00",
            "by": BY,
            "location": PLACE,
            "counts": COUNTS,
        },
        {
            "event": "person.invited",
            "channel": "organization:1",
            "offset": 3,
            "at": "2026-11-22T19:12:40.001+00:00",
            "by": BY,
            "person": {"id": 4, "version": 1},
        },
        {
            "event": "settings.changed",
            "channel": "organization:1",
            "offset": 4,
            "at": "2026-11-22T19:14:11.690+00:00",
            "by": BY,
            "settings": SETTINGS,
        },
    ],
    protocol.Skip: [{"skip": "location:7", "from": 46, "to": 47}],
    protocol.Heads: [{"head": {"location:7": 47}, "db_age_ms": 120, "now": NOW}],
    protocol.Whole: [
        {"whole": WATCHED, "order": BOUGHT, "now": NOW, "build": "5b1f0a6c2d"},
    ],
    protocol.Pong: [{"pong": 1}],
    protocol.Error: [{"error": {"code": "not_yours", "message": "Not there, or not yours to see"}}],
}
