"""The demo."""

from pathlib import Path

import pytest
from sqlmodel import select

from server.db import Database
from server.errors import Invalid
from server.events import heads
from server.migrate import upgrade
from server.models import Location, Station
from server.orders.stages import Flow
from server.people import accounts, sessions
from server.people.passwords import matches
from server.seed import LOGINS, PASSWORD, openings, seed


@pytest.fixture
def empty(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'heard.db'}")
    upgrade(database)
    return database


def test_an_empty_database_becomes_a_demo_with_a_location_per_flow(empty: Database) -> None:
    assert empty.write_now(seed)

    places = empty.read_now(lambda session: session.exec(select(Location)).all())
    assert [place.flow for place in places] == [flow.value for flow in Flow]
    stations = empty.read_now(lambda session: session.exec(select(Station)).all())
    assert {station.location_id for station in stations} == {place.id for place in places}
    channels = [f"location:{place.id}" for place in places] + ["organization:1"]
    assert set(empty.read_now(lambda session: heads(session, channels)).channels) == set(channels)
    empty.close()


def test_the_logins_that_are_printed_open_the_door(empty: Database) -> None:
    empty.write_now(seed)

    for login in LOGINS:
        kept = empty.read_now(lambda session, e=login.email: sessions.password_hash(session, e))  # type: ignore[misc]
        assert matches(kept or "", PASSWORD)
    manager = empty.read_now(lambda s: accounts.by_email(s, LOGINS[1].email))
    assert manager
    actor = empty.read_now(lambda session: accounts.actor(session, manager))
    assert actor.locations == frozenset({1})
    empty.close()


def test_on_a_network_the_password_everybody_knows_is_replaced_and_told_once(
    empty: Database,
) -> None:
    empty.write_now(seed)

    told = empty.write_now(lambda session: openings(session, private=True))
    again = empty.write_now(lambda session: openings(session, private=True))

    for login in told:
        kept = empty.read_now(lambda session, e=login.email: sessions.password_hash(session, e))  # type: ignore[misc]
        assert matches(kept or "", login.password)
        assert not matches(kept or "", PASSWORD)
    assert [login.password for login in again] == ["", ""]
    empty.close()


def test_a_demo_is_made_only_once(empty: Database) -> None:
    assert empty.write_now(seed)

    assert not empty.write_now(seed)
    empty.close()


def test_before_that_there_is_nobody(empty: Database) -> None:
    with pytest.raises(Invalid, match="seed"):
        empty.read_now(accounts.first_organization)
    empty.close()
