"""What a request's headers demand: this version, another position, at most once."""

import hashlib
import re
from typing import Final

from starlette.requests import Request

from server.errors import Invalid
from server.people.actors import Actor
from server.perform import KEY_LIMIT, Once
from server.state import State

VERSION: Final = re.compile('"(0|[1-9][0-9]{0,17})"')
TAG: Final = re.compile(r'(?:W/)?"([\x21\x23-\x7e]*)"')
KEY: Final = re.compile(r"[\x20-\x7e]+")


def matched(request: Request[State]) -> int | None:
    """The version that the order must still have (If-Match); None where the caller names none."""
    given = request.headers.getlist("if-match")
    if not given:
        return None
    version = VERSION.fullmatch(given[0].strip()) if len(given) == 1 else None
    if version is None:
        words = 'If-Match names one version in double quotes, like "17", as the ETag did.'
        raise Invalid(words, field="If-Match")
    return int(version[1])


def known(request: Request[State], etag: str) -> bool:
    """Whether the caller has this very thing already (If-None-Match)."""
    given = ",".join(request.headers.getlist("if-none-match")).strip()
    return given == "*" or etag in TAG.findall(given)


async def claim(request: Request[State], by: Actor, content: bytes | None = None) -> Once | None:
    """What makes a retry the same request (Idempotency-Key): whose, which key, asking what.

    `content` stands for the body where that is spelled anew with each try, as forms with files are.
    """
    given = request.headers.getlist("idempotency-key")
    if not given:
        return None
    if len(given) > 1 or len(given[0]) > KEY_LIMIT or not KEY.fullmatch(given[0]):
        words = f"An Idempotency-Key is one text of 1 to {KEY_LIMIT} plain characters."
        raise Invalid(words, field="Idempotency-Key")
    asked = hashlib.sha256(f"{request.method} {request.scope['path']}\n".encode())
    asked.update(await request.body() if content is None else content)
    return Once(by.key, given[0], asked.hexdigest())
