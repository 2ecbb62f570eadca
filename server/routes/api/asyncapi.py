"""The description of the live protocol (AsyncAPI 3.0), made from the messages themselves."""

import inspect
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from server.realtime import protocol
from server.realtime.protocol import REASONS, SUBPROTOCOL
from server.routes.api.live_examples import SAID, TOLD
from server.routes.api.place_shapes import Place, Settings
from server.routes.api.projections import AtPickup, Gone, OfBuyer, OnDisplay, Sign
from server.routes.api.shapes import Card

Json = dict[str, Any]

VERSION: Final = "1"
REF: Final = "#/components/schemas/{model}"
CHANNEL: Final = "#/channels/live"
CARDS: Final = (Card, OnDisplay, AtPickup, OfBuyer, Gone)
CLIENT: Final = (protocol.Subscribe, protocol.Unsubscribe, protocol.Seen, protocol.Ping)
SERVER: Final = (
    protocol.Subscribed,
    protocol.SnapshotPart,
    protocol.Event,
    protocol.Skip,
    protocol.Whole,
    protocol.Heads,
    protocol.Pong,
    protocol.Error,
)
ABOUT: Final = f"""\
Every order of a location, live: subscribe to `location:<id>` and be sent a snapshot, then every
event once, in order, without a gap. Offer the subprotocol `{SUBPROTOCOL}`; sign in with the session
cookie or with `Authorization: Bearer <key>`. Keep the last `offset` and `epoch`, and come back with
them: what was missed follows.
"""


def described() -> Json:
    """The whole description."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Heard, live", "version": VERSION, "description": ABOUT},
        "defaultContentType": "application/json",
        "channels": {
            "live": {
                "address": "/live",
                "title": "The live socket",
                "description": closing(),
                "messages": {
                    name(m): {"$ref": f"#/components/messages/{name(m)}"} for m in MESSAGES
                },
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            }
        },
        "operations": {
            "say": operation("receive", "What a client may say", CLIENT),
            "tell": operation("send", "What a client is told", SERVER),
        },
        "components": {"messages": {name(m): message(m) for m in MESSAGES}, "schemas": schemas()},
    }


MESSAGES: Final = (*CLIENT, *SERVER)


def name(message: type[BaseModel]) -> str:
    """What a message is called."""
    return message.__name__


def operation(action: str, summary: str, messages: tuple[type[BaseModel], ...]) -> Json:
    """One direction, as seen from the server."""
    return {
        "action": action,
        "channel": {"$ref": CHANNEL},
        "summary": summary,
        "messages": [{"$ref": f"{CHANNEL}/messages/{name(m)}"} for m in messages],
    }


def message(message: type[BaseModel]) -> Json:
    """One message."""
    examples = SAID if message in CLIENT else TOLD
    return {
        "name": name(message),
        "title": name(message),
        "summary": inspect.getdoc(message) or "",
        "payload": {"$ref": REF.format(model=name(message))},
        "examples": [{"payload": payload} for payload in examples[message]],
    }


def closing() -> str:
    """Why a socket is closed."""
    lines = [f"- `{code.value}` {reason}" for code, reason in REASONS.items()]
    come_back = "Come back with your position after any code below 4500; from 4500 on, do not."
    return "\n".join(["Close codes:", "", *lines, "", come_back])


def schemas() -> Json:
    """Every type of the protocol; what the live side carries unseen is named here."""
    models = [(model, "validation") for model in (*MESSAGES, *CARDS, Place, Settings, Sign)]
    _, found = models_json_schema(models, ref_template=REF)  # type: ignore[arg-type]
    named: Json = found["$defs"]
    event, part = named[name(protocol.Event)], named[name(protocol.SnapshotPart)]
    event["properties"]["order"] = one_of(*CARDS)
    event["properties"]["location"] = one_of(Place)
    event["properties"]["settings"] = one_of(Settings)
    event["properties"]["person"] = event["properties"]["device"] = one_of(Sign)
    part["properties"]["orders"]["items"] = one_of(*CARDS)
    named[name(protocol.Whole)]["properties"]["order"] = one_of(OfBuyer)
    return named


def one_of(*models: type[BaseModel]) -> Json:
    """One of these."""
    refs = [{"$ref": REF.format(model=name(model))} for model in models]
    return {"oneOf": refs} if len(refs) > 1 else refs[0]
