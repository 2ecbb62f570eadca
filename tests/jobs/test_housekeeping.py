"""What is over is cleared away, in batches; nothing that is still needed."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlmodel import Session, SQLModel, col, select

from server.clock import now
from server.events import since
from server.jobs import housekeeping
from server.messaging import resets
from server.messaging.outbox import State
from server.models import (
    Attempt,
    Channel,
    Event,
    Message,
    Organization,
    Pairing,
    PasswordReset,
    SignIn,
    StoredAnswer,
    Worker,
)
from server.people import sessions
from server.places import pairing
from tests.cast import Cast, address
from tests.entrance import OFFICE
from tests.hands import Do, Look
from tests.journeys import placed
from tests.mailbag import altered, mails, reacted
from tests.pairing import paired, the_device

DAY = timedelta(days=1)


def test_old_answers_go(do: Do, look: Look) -> None:
    for days in (1, 6, 8, 9):
        do(add, StoredAnswer(caller="key:1", key=str(days), fingerprint="f", at=now() - days * DAY))

    assert do(housekeeping.tidy) == 2
    assert do(housekeeping.tidy) == 0
    assert look(kept, StoredAnswer.key) == ["1", "6"]


def test_what_is_over_goes_in_batches(do: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    for n in range(3):
        do(add, StoredAnswer(caller="key:1", key=str(n), fingerprint="f", at=now() - 9 * DAY))

    assert [do(housekeeping.tidy) for _ in range(3)] == [2, 1, 0]


def test_workers_that_are_no_more_go(do: Do, look: Look) -> None:
    do(add, Worker(name="old", seen_at=now() - 2 * DAY))
    do(add, Worker(name="new", seen_at=now()))

    do(housekeeping.tidy)

    assert look(kept, Worker.name) == ["new"]


def test_old_mails_go_but_none_that_needs_a_look(do: Do, look: Look, cast: Cast) -> None:
    for _ in State:
        placed(do, cast)
    reacted(do, cast)
    do(in_all_states)
    do(altered, not_before=now() - 15 * DAY)

    do(housekeeping.tidy)

    left = {mail.state for mail in mails(look)}
    assert left == {"queued", "leased", "sending", "failed", "unknown"}


@pytest.mark.parametrize(("idle", "age"), [(9, 10), (0, 25)], ids=["idle", "too long"])
def test_a_sign_in_that_is_over_ends_and_open_boards_hear_of_it(
    do: Do, look: Look, cast: Cast, idle: int, age: int
) -> None:
    for device in ("Bar 1", "Bar 2"):
        do(sessions.sign_in, address("Ana"), device=device)
    used, created = now() - timedelta(hours=idle), now() - timedelta(hours=age)
    do(changed, "Bar 1", used_at=used, created_at=created)
    before = look(version, cast.harbour)

    assert do(housekeeping.tidy) == 1
    assert do(housekeeping.tidy) == 0

    assert look(signed_in) == ["Bar 2"]
    assert look(version, cast.harbour) == before + 1


def test_sign_ins_that_ended_long_ago_go(do: Do, look: Look) -> None:
    do(sessions.sign_in, address("Ana"), device="Bar 2")
    do(changed, "Bar 2", ended_at=now() - 8 * DAY)

    do(housekeeping.tidy)

    assert look(kept, SignIn.id) == []


def test_tries_links_and_codes_go_a_day_after_they_are_over(do: Do, look: Look, cast: Cast) -> None:
    do(resets.ask, address("Ben"), "192.0.2.7", OFFICE)
    do(pairing.begin, "Chrome on Android", "192.0.2.7")
    assert do(housekeeping.tidy) == 0

    with time_machine.travel(now() + timedelta(days=1, hours=2)):
        assert do(housekeeping.tidy) == 4  # two tries, a link, a code

    for rows in (Attempt.id, PasswordReset.id, Pairing.id):
        assert look(kept, rows) == []


def test_whoever_left_a_tablet_is_signed_out_there(do: Do, look: Look, cast: Cast) -> None:
    paired(do, cast)
    here = do(the_device)
    do(sessions.sign_in, address("Dan"), device="Phone")
    do(sessions.sign_in, address("Dan"), device="Phone", device_id=int(here))

    with time_machine.travel(now() + timedelta(minutes=16)):
        assert do(housekeeping.tidy) == 1

    assert look(signed_in) == ["Phone"]


def test_events_older_than_two_weeks_are_forgotten(do: Do, look: Look, cast: Cast) -> None:
    channel = f"location:{cast.bar}"
    for _ in range(5):
        placed(do, cast)
    reacted(do, cast)
    do(dated, channel, 3)

    assert look(housekeeping.outgrown) == [channel]
    assert do(housekeeping.forget, channel) == 3
    assert do(housekeeping.forget, channel) == 0

    assert look(housekeeping.outgrown) == []
    assert look(floor, channel) == 3
    assert [event.offset for event in look(since, channel, 3)] == [4, 5]


def test_events_are_forgotten_in_batches(
    do: Do, look: Look, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    channel = f"location:{cast.bar}"
    for _ in range(5):
        placed(do, cast)
    reacted(do, cast)
    do(dated, channel, 5)

    assert [do(housekeeping.forget, channel) for _ in range(4)] == [2, 2, 1, 0]
    assert look(floor, channel) == 5


def test_no_event_is_forgotten_before_it_was_reacted_to(do: Do, look: Look, cast: Cast) -> None:
    channel = f"location:{cast.bar}"
    placed(do, cast)
    do(dated, channel, 1)
    assert do(housekeeping.forget, channel) == 0
    reacted(do, cast)
    placed(do, cast)
    do(dated, channel, 2)

    assert do(housekeeping.forget, channel) == 1
    assert look(floor, channel) == 1


def add(session: Session, row: SQLModel) -> None:
    session.add(row)


def kept(session: Session, column: Any) -> list[Any]:
    """This column of all rows that are left."""
    return list(session.exec(select(column).order_by(column)))


def changed(session: Session, device: str, /, **values: object) -> None:
    """Change the sign-in of a device, behind everybody's back."""
    row = session.exec(select(SignIn).where(SignIn.device == device)).one()
    for name, value in values.items():
        setattr(row, name, value)


def signed_in(session: Session) -> list[str]:
    """The devices whose sign-in has not ended."""
    return list(session.exec(select(SignIn.device).where(col(SignIn.ended_at).is_(None))))


def in_all_states(session: Session) -> None:
    for message, state in zip(session.exec(select(Message)), State, strict=True):
        message.state = state


def dated(session: Session, channel: str, until: int) -> None:
    """The channel's events up to this one happened more than two weeks ago."""
    old = select(Event).where(Event.channel == channel, col(Event.offset) <= until)
    for event in session.exec(old):
        event.at = now() - 15 * DAY


def floor(session: Session, channel: str) -> int:
    return session.get_one(Channel, channel).floor


def version(session: Session, organization_id: int) -> int:
    return session.get_one(Organization, organization_id).access_version
