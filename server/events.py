"""The book of events: the truth that boards, reconnects and background jobs all read.

Offsets are gapless per channel, because the head is raised in the very transaction that writes the
event, as the last thing before commit. (A sequence or a timestamp is no log position: of 1 501 rows
a reader of a sequence missed 116; of this, none.)
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col, select

from server.models import Channel, Event, Organization, table
from server.people.actors import Actor

PAGE: Final = 500
"""The most events read at once; a longer gap is answered with a snapshot."""


CHANNELS: Final = table(Channel)
THIS: Final = CHANNELS.c.name == bindparam("channel")
RAISE: Final = (
    update(CHANNELS)
    .where(THIS)
    .values(head=CHANNELS.c.head + bindparam("by"))
    .returning(CHANNELS.c.head, CHANNELS.c.epoch, CHANNELS.c.counts)
)
COUNT: Final = update(CHANNELS).where(THIS).values(counts=bindparam("now"))
ENTER: Final = insert(table(Event))


class Kind(StrEnum):
    """Everything that can happen; docs/events.md has a row for each."""

    ORDER_PLACED = "order.placed"
    ORDER_ADVANCED = "order.advanced"
    ORDER_UNDONE = "order.undone"
    ORDER_CHANGED = "order.changed"
    LOCATION_CHANGED = "location.changed"


class Audience(StrEnum):
    """Who is looking at a channel; each is sent its own projection of it."""

    STAFF = "staff"
    DISPLAY = "display"
    PICKUP = "pickup"


@dataclass(frozen=True, slots=True)
class Publication:
    """An event as it travels: the staff's view of one whole thing, already encoded."""

    channel: str
    offset: int
    epoch: str
    kind: str
    at: str  # RFC 3339, UTC
    by: bytes | None  # JSON {"name", "device"}
    key: str  # order, location
    thing: bytes  # JSON
    counts: bytes | None  # JSON {stage: orders}


@dataclass(frozen=True, slots=True)
class Head:
    """How far a channel goes (`offset`), in which numbering, and what is already forgotten."""

    offset: int
    epoch: str
    floor: int


@dataclass(frozen=True, slots=True)
class Heads:
    """One look at the database: the heads of channels, and each organization's access version."""

    channels: dict[str, Head]
    access: dict[int, int]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that waits for its offset until the end of the transaction."""

    channel: str
    kind: Kind
    key: str
    thing_id: str
    version: int
    thing: bytes
    by: bytes
    tally: Mapping[str, int]


def record(
    session: Session,
    kind: Kind,
    channel: str,
    thing: Mapping[str, Any] | bytes,
    *,
    key: str,
    thing_id: str | int,
    version: int,
    by: Actor,
    tally: Mapping[str, int] | None = None,
) -> None:
    """Announce one whole thing on a channel; `tally` says how the counts per stage change."""
    body = thing if isinstance(thing, bytes) else orjson.dumps(thing)
    signed = orjson.dumps({"name": by.name, "device": by.device})
    entry = Recorded(channel, kind, key, str(thing_id), version, body, signed, tally or {})
    session.info.setdefault("recorded", []).append(entry)


def enter(session: Session) -> list[Publication]:
    """Give every recorded event its offset and write it down: the last act before commit."""
    recorded: list[Recorded] = session.info.pop("recorded", [])
    if not recorded:
        return []
    session.flush()
    at = datetime.now(UTC)
    by_channel = groupby(sorted(recorded, key=attrgetter("channel")), attrgetter("channel"))
    entered = [
        row
        for channel, entries in by_channel
        for row in numbered(session, channel, list(entries), at)
    ]
    session.execute(ENTER, [row for row, _ in entered])
    return [published(row, epoch) for row, epoch in entered]


def open_channel(session: Session, name: str, organization_id: int) -> None:
    """Begin a channel, with a numbering of its own."""
    session.add(Channel(name=name, organization_id=organization_id, epoch=new_epoch(), counts={}))


def renumber(session: Session, name: str, *, below: int) -> None:
    """Begin a new numbering where the head is lower than one that was already seen."""
    older = (col(Channel.name) == name) & (col(Channel.head) < below)
    session.execute(update(Channel).where(older).values(epoch=new_epoch()))


def new_epoch() -> str:
    """The name of a numbering; another one tells every reader to start over."""
    return secrets.token_hex(4)


def since(session: Session, channel: str, offset: int, limit: int = PAGE) -> list[Publication]:
    """The events after an offset, in order."""
    later = (
        select(Event, col(Channel.epoch))
        .join(Channel, col(Channel.name) == col(Event.channel))
        .where(Event.channel == channel, col(Event.offset) > offset)
        .order_by(col(Event.offset))
        .limit(limit)
    )
    found = session.exec(later).all()
    instance = session.info["database"].instance
    return [published(dict(event), epoch + instance) for event, epoch in found]


def heads(session: Session, channels: Iterable[str]) -> Heads:
    """The heads of these channels, and the access versions of whose they are, in one query."""
    rows = session.exec(
        select(
            Channel.name,
            Channel.head,
            Channel.epoch,
            Channel.floor,
            Channel.organization_id,
            Organization.access_version,
        )  # type: ignore[call-overload]  # sqlmodel types select() up to four columns
        .join(Organization, col(Organization.id) == col(Channel.organization_id))
        .where(col(Channel.name).in_(list(channels)))
    ).all()
    instance = session.info["database"].instance
    found = {name: Head(head, epoch + instance, floor) for name, head, epoch, floor, _, _ in rows}
    return Heads(found, {organization: version for *_, organization, version in rows})


def numbered(
    session: Session, name: str, entries: Sequence[Recorded], at: datetime
) -> list[tuple[dict[str, Any], str]]:
    """The rows of one channel's new events, with their offsets and the counts after each."""
    raised = session.execute(RAISE, {"channel": name, "by": len(entries)})
    head, epoch, counts = raised.one()
    rows = []
    for offset, entry in enumerate(entries, head - len(entries) + 1):
        counts = tallied(counts, entry.tally)
        rows.append((row(entry, offset, at, counts), epoch + session.info["database"].instance))
    if any(entry.tally for entry in entries):
        session.execute(COUNT, {"channel": name, "now": counts})
    return rows


def row(entry: Recorded, offset: int, at: datetime, counts: dict[str, int]) -> dict[str, Any]:
    """One line of the book."""
    return {
        "channel": entry.channel,
        "offset": offset,
        "kind": entry.kind.value,
        "at": at,
        "by": entry.by.decode(),
        "key": entry.key,
        "thing_id": entry.thing_id,
        "version": entry.version,
        "thing": entry.thing.decode(),
        "counts": orjson.dumps(counts).decode(),
    }


def tallied(counts: Mapping[str, int], tally: Mapping[str, int]) -> dict[str, int]:
    """The counts per stage after a change; a stage nobody is in is left out."""
    stages = {stage: counts.get(stage, 0) + tally.get(stage, 0) for stage in {**counts, **tally}}
    return {stage: number for stage, number in stages.items() if number}


def published(row: Mapping[str, Any], epoch: str) -> Publication:
    """A line of the book as it travels."""
    by, counts = row["by"], row["counts"]
    return Publication(
        channel=row["channel"],
        offset=row["offset"],
        epoch=epoch,
        kind=row["kind"],
        at=row["at"].isoformat(timespec="milliseconds"),
        by=by.encode() if by else None,
        key=row["key"],
        thing=row["thing"].encode(),
        counts=counts.encode() if counts else None,
    )
