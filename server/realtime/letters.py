"""How a publication travels through Redis: a line of header, then its JSON parts as they are."""

from __future__ import annotations

from typing import Final

import orjson

from server.events import Publication

LETTER_BYTES: Final = 8 * 1024  # a larger one only says where to read

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
    head, _, body = content.partition(b"\n")
    try:
        match orjson.loads(head):
            case [str(epoch), int(offset)]:
                return channel, epoch, offset
            case [str(epoch), int(offset), str(kind), str(at), str(key), int(b), int(t), int(c)]:
                by, body = taken(body, b)
                thing, body = taken(body, t)
                counts, body = taken(body, c)
                if thing is not None and not body:
                    return Publication(channel, offset, epoch, kind, at, by, key, thing, counts)
    except orjson.JSONDecodeError:
        pass
    raise Unreadable(f"No letter of ours: {content[:80]!r}")


def taken(body: bytes, size: int) -> tuple[bytes | None, bytes]:
    """The next part of a letter and what comes after it."""
    if size < 0:
        return None, body
    if size > len(body):
        raise Unreadable("A letter was cut short")
    return body[:size], body[size:]
