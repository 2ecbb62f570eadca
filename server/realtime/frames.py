"""Finished WebSocket frames: header and JSON in one piece, made once and sent to many."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from server.events import Audience, Publication
from server.realtime.protocol import SEES_BY, SEES_COUNTS

TEXT = 0x81  # a final frame of text; what a server sends is never masked


def frame(body: bytes) -> bytes:
    """A text message, ready for the transport."""
    size = len(body)
    if size < 126:
        return bytes((TEXT, size)) + body
    if size < 2**16:
        return bytes((TEXT, 126)) + size.to_bytes(2) + body
    return bytes((TEXT, 127)) + size.to_bytes(8) + body


def texts(frames: bytes) -> Iterator[str]:
    """The messages in a run of frames, for servers that want to frame them themselves."""
    at = 0
    while at < len(frames):
        size, start = frames[at + 1], at + 2
        if size == 126:
            size, start = int.from_bytes(frames[at + 2 : at + 4]), at + 4
        elif size == 127:
            size, start = int.from_bytes(frames[at + 2 : at + 10]), at + 10
        at = start + size
        yield frames[start:at].decode()


def message(content: Mapping[str, Any]) -> bytes:
    """A small message that is made for one socket."""
    return frame(orjson.dumps(content))


def event(publication: Publication, audience: Audience, thing: bytes) -> bytes:
    """An event as one audience may see it; what is JSON already is spliced in as it is."""
    p = publication
    head = f'{{"event":"{p.kind}","channel":"{p.channel}","offset":{p.offset},"at":"{p.at}"'
    pieces = [head.encode()]
    if p.by and audience in SEES_BY:
        pieces += b',"by":', p.by
    pieces += b',"', p.key.encode(), b'":', thing
    if p.counts and audience in SEES_COUNTS:
        pieces += b',"counts":', p.counts
    pieces.append(b"}")
    return frame(b"".join(pieces))


def skip(channel: str, first: int, last: int) -> bytes:
    """A run of offsets that this audience may not see."""
    return frame(f'{{"skip":"{channel}","from":{first},"to":{last}}}'.encode())


def snapshot(
    channel: str, epoch: str, offset: int, cards: Iterable[bytes], counts: bytes | None, room: int
) -> list[bytes]:
    """A whole state in parts of at most `room` bytes."""
    tail = b"]" + (b',"counts":' + counts if counts else b"") + b"}"
    start = {"snapshot": channel, "epoch": epoch, "offset": offset, "part": 10**6, "of": 10**6}
    taken = len(orjson.dumps(start)) + len(b',"orders":') + len(tail)
    parts = packed(cards, room - taken)
    frames = []
    for number, part in enumerate(parts, 1):
        head = orjson.dumps({**start, "part": number, "of": len(parts)})[:-1]
        frames.append(frame(b"".join((head, b',"orders":[', b",".join(part), tail))))
    return frames


def packed(cards: Iterable[bytes], room: int) -> list[Sequence[bytes]]:
    """The cards in runs that fit; a card too large for any run has one of its own."""
    runs: list[Sequence[bytes]] = []
    run: list[bytes] = []
    size = 0
    for card in cards:
        if run and size + len(card) > room:
            runs.append(run)
            run, size = [], 0
        run.append(card)
        size += len(card) + 1
    return [*runs, run]


def now() -> str:
    """The server's time, as clients are told it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
