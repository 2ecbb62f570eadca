"""The book of events: offsets without gaps, whole things, heads."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from server.db import Database
from server.errors import Refused
from server.events import Kind, enter, heads, new_epoch, record, since
from server.models import Channel, Event, Organization
from server.people.accounts import organization_changed
from tests.cast import Cast
from tests.hands import Do, Look

NO_COUNTS: dict[str, int] = {}


def note(
    session: Session, channel: str, cast: Cast, version: int = 1, tally: dict[str, int] = NO_COUNTS
) -> None:
    """Record an event about nothing in particular."""
    thing = {"id": "thing", "version": version}
    kind = Kind.LOCATION_CHANGED
    record(session, kind, channel, thing, key="location", thing_id="thing", version=version,
           by=cast.ana, tally=tally)  # fmt: skip


def test_what_is_read_later_is_what_was_announced(do: Do, look: Look, cast: Cast) -> None:
    for version in range(1, 4):
        by = replace(cast, ana=replace(cast.ana, device="Tablet"))
        do(note, f"location:{cast.bar}", by, version, {"pending": 1})

    book = look(since, f"location:{cast.bar}", 0)

    assert book == do.bell.rung
    assert [one.offset for one in book] == [1, 2, 3]
    assert book[0].by == b'{"name":"Ana","device":"Tablet"}'
    assert book[0].at.endswith("+00:00")


def test_every_channel_counts_for_itself(do: Do, look: Look, cast: Cast) -> None:
    bar, kitchen = f"location:{cast.bar}", f"location:{cast.kitchen}"

    def several(session: Session) -> None:
        for channel in (kitchen, bar, kitchen):
            note(session, channel, cast)

    do(several)
    do(several)

    rung = [(one.channel, one.offset) for one in do.bell.rung]
    assert rung[:3] == [(bar, 1), (kitchen, 1), (kitchen, 2)]
    assert rung[3:] == [(bar, 2), (kitchen, 3), (kitchen, 4)]
    assert [one.offset for one in look(since, bar, 0)] == [1, 2]
    assert [one.offset for one in look(since, kitchen, 0)] == [1, 2, 3, 4]


def test_the_counts_after_each_event_ride_in_it(do: Do, look: Look, cast: Cast) -> None:
    channel = f"location:{cast.bar}"

    def several(session: Session) -> None:
        note(session, channel, cast, 1, {"pending": 1})
        note(session, channel, cast, 2)
        note(session, channel, cast, 3, {"pending": -1, "ready": 1})

    do(several)

    assert [one.counts for one in look(since, channel, 0)] == [
        b'{"pending":1}', b'{"pending":1}', b'{"ready":1}'
    ]  # fmt: skip
    assert look(lambda session: session.get_one(Channel, channel).counts) == {"ready": 1}


def test_a_reader_gets_a_page_in_order_from_where_it_was(do: Do, look: Look, cast: Cast) -> None:
    channel = f"location:{cast.bar}"
    for version in range(1, 6):
        do(note, channel, cast, version)

    assert [one.offset for one in look(since, channel, 1, 3)] == [2, 3, 4]
    assert look(since, channel, 5) == []
    assert look(since, "location:999999", 0) == []


def test_the_book_is_read_in_order_however_it_lies_on_disk(
    do: Do, look: Look, database: Database, cast: Cast
) -> None:
    channel = f"location:{cast.bar}"
    do(note, channel, cast)
    written = look(lambda session: session.get_one(Event, (channel, 1)))
    for offset in (4, 3, 2):
        copy = Event(**written.model_dump() | {"offset": offset})
        database.write_now(lambda session, row=copy: session.add(row))  # type: ignore[misc]

    assert [one.offset for one in look(since, channel, 0)] == [1, 2, 3, 4]


def test_a_refused_command_takes_no_number(do: Do, look: Look, cast: Cast) -> None:
    channel = f"location:{cast.bar}"

    def refused(session: Session) -> None:
        note(session, channel, cast)
        raise Refused("No.")

    with pytest.raises(Refused):
        do(refused)
    do(note, channel, cast)

    assert [one.offset for one in look(since, channel, 0)] == [1]
    assert len(do.bell.rung) == 1


def test_nothing_recorded_is_nothing_entered(database: Database) -> None:
    assert database.write_now(enter) == []


def test_a_channel_that_is_not_there_cannot_be_written_to(
    do: Do, look: Look, database: Database, cast: Cast
) -> None:
    def renamed(session: Session) -> None:
        session.get_one(Organization, cast.harbour).name = "Port"
        note(session, "location:999999", cast)

    with pytest.raises(LookupError if database.bundled else IntegrityError):
        do(renamed)

    assert look(lambda session: session.get_one(Organization, cast.harbour).name) == "Harbour"


def test_the_heads_of_many_channels_are_one_look(do: Do, look: Look, cast: Cast) -> None:
    channel = f"location:{cast.bar}"
    do(note, channel, cast)
    before = look(heads, [channel, f"location:{cast.island}", "location:999999"])

    do(organization_changed, cast.harbour)
    after = look(heads, [channel])

    assert set(before.channels) == {channel, f"location:{cast.island}"}
    head = before.channels[channel]
    assert (head.offset, head.floor, head.epoch) == (1, 0, do.bell.rung[0].epoch)
    assert set(before.access) == {cast.harbour, cast.elsewhere}
    assert after.access == {cast.harbour: before.access[cast.harbour] + 1}


def test_every_channel_has_a_numbering_of_its_own(
    look: Look, database: Database, cast: Cast
) -> None:
    channels = [f"location:{place}" for place in cast.places.values()]

    epochs = {head.epoch for head in look(heads, channels).channels.values()}

    assert len(epochs) == 5
    assert all(epoch.endswith(database.instance) for epoch in epochs)
    assert bool(database.instance) is not database.bundled
    assert new_epoch() != new_epoch()


def test_by_is_who_and_from_which_device_and_nothing_else(do: Do, look: Look, cast: Cast) -> None:
    do(note, f"location:{cast.bar}", cast)

    assert look(lambda session: session.exec(select(Event.by)).all()) == [
        '{"name":"Ana","device":null}'
    ]


@pytest.mark.parametrize(
    ("counts", "tally", "after"),
    [
        ({}, {"pending": 1}, {"pending": 1}),
        ({"pending": 1, "ready": 4}, {"pending": -1, "ready": 1}, {"ready": 5}),
        ({"pending": 1}, {"pending": -1}, {}),
        ({"pending": 1}, {}, {"pending": 1}),
        ({}, {}, {}),
    ],
)
def test_counts_leave_out_stages_that_nobody_is_in(
    do: Do, look: Look, cast: Cast, counts: Any, tally: Any, after: Any
) -> None:
    channel = f"location:{cast.bar}"
    do(note, channel, cast, 1, counts)

    do(note, channel, cast, 2, tally)

    rung = do.bell.rung[-1].counts
    assert rung is not None
    assert b" " not in rung
    assert orjson.loads(rung) == after
    assert look(lambda session: session.get_one(Channel, channel).counts) == after
