"""What a request is answered with: status, body and version; refusals as RFC 9457 problems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from server import errors
from server.errors import Refused

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"

STATUS: Final[Mapping[type[Refused], int]] = {
    errors.Malformed: 400,
    errors.SignedOut: 401,
    errors.Forbidden: 403,
    errors.Reauthenticate: 403,
    errors.Replace: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.NeedsPerson: 409,
    errors.DependencyFailed: 409,
    errors.Busy: 409,
    errors.Stale: 412,
    errors.Overtaken: 412,
    errors.TooLarge: 413,
    errors.NotJson: 415,
    errors.NotFile: 415,
    errors.Invalid: 422,
    errors.KeyReused: 422,
    errors.Unseen: 428,
    errors.TooMany: 429,
    errors.Unsaved: 503,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is stored for a retry, and as it is sent."""

    status: int
    body: bytes
    etag: str | None = None
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def problem(refused: Refused) -> Answer:
    """The refusal as a problem: its type, a sentence, the field, and the order as it is now."""
    return trouble(
        STATUS[type(refused)],
        refused.type,
        refused.title,
        refused.message,
        field=refused.field,
        **refused.more,
    )


def trouble(status: int, slug: str, title: str, detail: str, **more: Any) -> Answer:
    """A problem of any kind (RFC 9457); `order` is an encoded card, spliced in as it is."""
    members = {
        "type": f"/problems/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        **{name: value for name, value in more.items() if value is not None},
    }
    card = members.pop("order", None)
    retry = members.pop("retry_after_seconds", 1 if status == 503 else None)
    if card is not None:
        members["order"] = orjson.Fragment(card)
    headers = {"Retry-After": str(retry)} if retry else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Answer(status, orjson.dumps(members), None, PROBLEM, headers)


def encoded(value: Any, status: int = 200, etag: str | None = None) -> Answer:
    """A value as a JSON answer; encoded cards inside it are orjson fragments."""
    return Answer(status, orjson.dumps(value), etag)
