"""How a publication travels through Redis: a line of header, then its JSON parts as they are."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

import orjson

from server.events import Publication

LETTER_BYTES: Final = 8 * 1024  # a larger one only says where to read

RUMOUR: Final = (str, int)
WHOLE: Final = (str, int, str, str, str, int, int, int)

Rumour = tuple[str, str, int]


class Unreadable(Exception):
    """Somebody else's letter."""


def letter(sender: bytes, publication: Publication) -> bytes:
    """The publication itself, or only its position when it is large."""
    p = publication
    parts = (p.by, p.thing, p.counts)
    sizes = [-1 if part is None else len(part) for part in parts]
    head = orjson.dumps([p.epoch, p.offset, p.kind, p.at, p.key, *sizes])
    whole = b"".join((sender, head, b"\n", *(part or b"" for part in parts)))
    if len(whole) <= LETTER_BYTES:
        return whole
    return sender + orjson.dumps([p.epoch, p.offset]) + b"\n"


def opened(channel: str, content: bytes) -> Publication | Rumour:
    """What a letter says, without its sender."""
    end = content.find(b"\n")
    fields: Any = None
    if end >= 0:
        with suppress(orjson.JSONDecodeError):
            fields = orjson.loads(content[:end])
    # by its shape at once: a `match` on each class takes three times as long
    shape = tuple(map(type, fields)) if type(fields) is list else ()
    if shape == RUMOUR:
        epoch, offset = fields
        return channel, epoch, offset
    if shape == WHOLE:
        epoch, offset, kind, at, key, *sizes = fields
        by, thing, counts, rest = parted(content, end + 1, sizes)
        if thing is not None and not rest:
            return Publication(channel, offset, epoch, kind, at, by, key, thing, counts)
    raise Unreadable(f"No letter of ours: {content[:80]!r}")


def parted(content: bytes, start: int, sizes: Iterable[int]) -> list[bytes | None]:
    """The parts of a letter, and what comes after them."""
    parts: list[bytes | None] = []
    for size in sizes:
        part = content[start : start + size] if size >= 0 else None
        if part is not None:
            start += size
        parts.append(part)
    if start > len(content):
        raise Unreadable("A letter was cut short")
    return [*parts, content[start:]]
