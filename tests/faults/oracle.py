"""What was promised against what is in the book: nothing saved is lost, nothing is done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from sqlmodel import Session, col, select

from server.models import Channel, Event

Saved = tuple[str, int]  # an order, and the version that its answer told


def complaints(session: Session, location: int, saved: Collection[Saved]) -> list[str]:
    """Every way in which the book of a location breaks what was promised."""
    name = f"location:{location}"
    channel = session.get_one(Channel, name)
    entries = session.exec(
        select(Event.offset, Event.thing_id, Event.version)
        .where(Event.channel == name, Event.key == "order")
        .order_by(col(Event.offset))
    ).all()
    offsets = list(
        session.exec(
            select(Event.offset).where(Event.channel == name).order_by(col(Event.offset))
        ).all()
    )
    times = Counter((thing, version) for _, thing, version in entries)
    newest = {thing: version for _, thing, version in entries}
    found = {
        "offsets are not dense": offsets != list(range(channel.floor + 1, channel.head + 1)),
        "saved changes are not in the book": sum(one not in times for one in set(saved)),
        "changes are in it twice": sum(count > 1 for count in times.values()),
        "versions are missing": sum(newest.values()) - len(times),
    }
    return [f"{what}: {number}" for what, number in found.items() if number]
