"""The book of events: the truth that boards, reconnects and background jobs all read.

Offsets are gapless per channel, because the head is raised in the very transaction that writes the
event, as the last thing before commit. (A sequence or a timestamp is no log position: of 1 501 rows
a reader of a sequence missed 116; of this, none.)
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final

import orjson
from sqlalchemy import Integer, String, bindparam, column, insert, text, update
from sqlalchemy import select as sql
from sqlmodel import Session, col, select

from server.models import Channel, Event, Organization, table
from server.people.actors import Actor
from server.statements import Reply, Row, Statement, conclude

PAGE: Final = 500
"""The most events read at once; a longer gap is answered with a snapshot."""


AT: Final = bindparam("at", type_=table(Event).c.at.type)
HEAD: Final = (column("head", Integer), column("epoch", String), column("counts", String))
RAISED: Final = (
    "UPDATE channel SET head = head + 1, counts = ({tallied})"
    " WHERE name = :channel RETURNING head, epoch, CAST(counts AS text) AS counts"
)
TALLIED: Final = """
    SELECT json_group_object(stage, orders) FROM (
        SELECT key AS stage, sum(value) AS orders FROM (
            SELECT key, value FROM json_each(counts)
            UNION ALL SELECT key, value FROM json_each(:tally)
        ) GROUP BY key HAVING sum(value) <> 0
    )"""
TALLIED_POSTGRESQL: Final = """
    SELECT CAST('{' || coalesce(string_agg(named || ':' || orders, ','), '') || '}' AS json)
    FROM (
        SELECT to_json(stage)::text AS named, sum(number::int) AS orders FROM (
            SELECT * FROM json_each_text(counts)
            UNION ALL SELECT * FROM json_each_text(CAST(:tally AS json))
        ) AS both_together(stage, number) GROUP BY stage HAVING sum(number::int) <> 0
    ) AS sums"""
AT_ONCE: Final = """
    WITH raised AS ({raised}), entered AS (
        INSERT INTO event (channel, "offset", kind, at, by, key, thing_id, version, thing, counts)
        SELECT :channel, (SELECT head FROM raised), :kind, :at, :by, :key, :thing_id, :version,
            :thing, (SELECT counts FROM raised)
    ) SELECT head, epoch, counts FROM raised"""
LINES: Final = sql(table(Event), table(Channel).c.epoch).join(
    table(Channel), table(Channel).c.name == table(Event).c.channel
)
"""Events with the epoch of their numbering; as bare rows, a third less work than entities."""
RAISE: Final = Statement(text(RAISED.format(tallied=TALLIED)).columns(*HEAD))
ENTER: Final = Statement(insert(table(Event)))
RAISE_AND_ENTER: Final = Statement(
    text(AT_ONCE.format(raised=RAISED.format(tallied=TALLIED_POSTGRESQL)))
    .bindparams(AT)
    .columns(*HEAD)
)


class Kind(StrEnum):
    """Everything that can happen; docs/events.md has a row for each."""

    ORDER_PLACED = "order.placed"
    ORDER_ADVANCED = "order.advanced"
    ORDER_UNDONE = "order.undone"
    ORDER_CHANGED = "order.changed"
    ORDER_NOTED = "order.noted"
    ORDER_FLAGGED = "order.flagged"
    ORDER_ISSUE_CHANGED = "order.issue_changed"
    ORDER_ISSUE_REMOVED = "order.issue_removed"
    ORDER_RESOLVED = "order.resolved"
    ORDER_REOPENED = "order.reopened"
    LOCATION_CHANGED = "location.changed"
    SETTINGS_CHANGED = "settings.changed"
    PERSON_INVITED = "person.invited"
    PERSON_CHANGED = "person.changed"
    PERSON_ASKED = "person.asked"
    DEVICE_PAIRED = "device.paired"
    DEVICE_CHANGED = "device.changed"
    DEVICE_REVOKED = "device.revoked"


class Audience(StrEnum):
    """Who is looking at a channel; each is sent its own projection of it."""

    STAFF = "staff"
    DISPLAY = "display"
    PICKUP = "pickup"
    BUYER = "buyer"


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
    """Give every recorded event its offset and write it down: the last act, and the commit."""
    recorded: list[Recorded] = session.info.pop("recorded", [])
    if not recorded:
        return []
    session.flush()
    at = datetime.now(UTC)
    rows = [row(entry, at) for entry in sorted(recorded, key=attrgetter("channel"))]
    numbered = singly if session.info["database"].bundled else at_once
    instance = session.info["database"].instance
    return [published(row, row["epoch"] + instance) for row in numbered(session, rows)]


def singly(session: Session, rows: list[Row]) -> list[Row]:
    """Raise the head, then write the line; nobody else can write meanwhile."""
    for line in rows:
        raised = found(RAISE.send(session, line), line)
        ENTER.send(session, line | raised)
        line |= raised
    return rows


def at_once(session: Session, rows: list[Row]) -> list[Row]:
    """All in one round trip with the COMMIT: nobody waits for a head while we are on our way."""
    replies = [(line, RAISE_AND_ENTER.send(session, line)) for line in rows]
    conclude(session)
    return [line | found(reply, line) for line, reply in replies]


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
    later = LINES.where(col(Event.channel) == channel, col(Event.offset) > offset)
    found = session.execute(later.order_by(col(Event.offset)).limit(limit)).mappings()
    instance = session.info["database"].instance
    return [published(dict(row), row["epoch"] + instance) for row in found]


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


def row(entry: Recorded, at: datetime) -> Row:
    """One line of the book, but for its offset and the counts."""
    return {
        "channel": entry.channel,
        "kind": entry.kind.value,
        "at": at,
        "by": entry.by.decode(),
        "key": entry.key,
        "thing_id": entry.thing_id,
        "version": entry.version,
        "thing": entry.thing.decode(),
        "tally": orjson.dumps(entry.tally).decode(),
    }


def found(raised: Reply, line: Row) -> Row:
    """The offset that a channel gives, its epoch, and its counts from now on."""
    head = raised.first()
    if head is None:
        raise LookupError(f"There is no channel {line['channel']}.")
    return {"offset": head["head"], "epoch": head["epoch"], "counts": head["counts"]}


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
