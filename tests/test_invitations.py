"""People are let in, shut out and let in again; nobody comes in twice by one invitation."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from server.clock import now
from server.db import Database
from server.errors import Conflict, SignedOut
from server.messaging.outbox import ASKED, INVITATION
from server.models import Account, Change, Message, Organization
from server.people import own, sessions
from server.people.passwords import hashed
from server.places import people
from tests.cast import Cast, address
from tests.entrance import CHOSEN, OFFICE, ONE_TIME, ident, invited, mails, signed_in
from tests.hands import Do, Look

RACERS = 20


def test_somebody_invited_is_mailed_a_one_time_password(do: Do, look: Look, cast: Cast) -> None:
    eve = invited(do, cast)

    [mail] = look(mails)
    assert (mail.recipient, mail.order_id, mail.kind) == (address("Eve"), None, INVITATION)
    assert ONE_TIME.password in mail.text
    assert "Ana has invited you to Harbour as staff" in mail.text
    assert (eve["state"], eve["invited_by"], eve["locations"]) == ("invited", "Ana", [cast.bar])
    [rung] = [r for r in do.bell.rung if r.kind == "person.invited"]
    assert (rung.channel, rung.key) == (f"organization:{cast.harbour}", "person")
    assert b"Eve" not in rung.thing


def test_it_opens_once_and_nothing_but_the_page_for_another(do: Do, look: Look, cast: Cast) -> None:
    invited(do, cast)

    opened = do(sessions.sign_in, address("Eve"), device="Phone", checked=ONE_TIME.hashed)

    assert opened.actor.one_time
    with pytest.raises(SignedOut):
        do(sessions.sign_in, address("Eve"), device="Phone", checked=ONE_TIME.hashed)
    after = do(own.replace_one_time, hashed(CHOSEN), by=opened.actor)
    assert not after.actor.one_time
    assert look(sessions.resume, opened.token) is None
    with pytest.raises(Conflict):
        do(own.replace_one_time, hashed(CHOSEN), by=after.actor)


def test_raced_by_twenty_it_lets_one_in(do: Do, cast: Cast, wide: Database) -> None:
    invited(do, cast)
    hand = Do(wide)

    def attempt(_: int) -> bool:
        try:
            hand(sessions.sign_in, address("Eve"), device="Phone", checked=ONE_TIME.hashed)
        except SignedOut:
            return False
        return True

    with ThreadPoolExecutor(RACERS) as racers:
        assert sum(racers.map(attempt, range(RACERS))) == 1


def test_it_is_good_for_seven_days(do: Do, look: Look, cast: Cast) -> None:
    invited(do, cast)

    with time_machine.travel(now() + timedelta(days=6, hours=23)):
        assert not look(sessions.way_in, address("Eve")).ran_out
    with time_machine.travel(now() + timedelta(days=7, minutes=1)):
        assert look(sessions.way_in, address("Eve")).ran_out


def test_a_new_one_kills_the_old_at_once(do: Do, look: Look, cast: Cast) -> None:
    eve = invited(do, cast)
    opened = do(sessions.sign_in, address("Eve"), device="Phone", checked=ONE_TIME.hashed)
    other = people.OneTime("other", hashed("other"))

    again = do(people.invite_again, eve["id"], other, OFFICE, by=signed_in(do))

    assert look(sessions.resume, opened.token) is None
    with pytest.raises(SignedOut):
        do(sessions.sign_in, address("Eve"), device="Phone", checked=ONE_TIME.hashed)
    assert do(sessions.sign_in, address("Eve"), device="Phone", checked=other.hashed)
    assert again["version"] == eve["version"] + 1
    first, second = look(mails)
    assert (first.state, second.state) == ("skipped", "queued")
    assert ONE_TIME.password not in first.text


def test_whoever_came_too_late_asks_and_the_inviter_is_told_once_or_twice(
    do: Do, look: Look, cast: Cast
) -> None:
    eve = invited(do, cast)

    for _ in range(5):
        do(people.ask_again, eve["id"], OFFICE)
    do(people.ask_again, 999_999, OFFICE)
    do(people.ask_again, ident(look, "Ben"), OFFICE)

    told = look(lambda session: mails(session, ASKED))
    assert [mail.recipient for mail in told] == [address("Ana")] * people.ASK_AGAIN
    assert "Eve" in told[0].subject
    assert "person.asked" in [rung.kind for rung in do.bell.rung]


def test_whoever_is_shut_out_is_out_at_once_and_may_be_let_in_again(
    do: Do, look: Look, cast: Cast
) -> None:
    dan = ident(look, "Dan")
    token = do(sessions.sign_in, address("Dan"), device="Phone").token
    before = look(lambda s: s.get_one(Organization, cast.harbour).access_version)

    out = do(people.disable, dan, by=signed_in(do))

    assert (out["state"], look(sessions.resume, token)) == ("disabled", None)
    assert look(lambda s: s.get_one(Organization, cast.harbour).access_version) > before
    assert do(people.disable, dan, by=signed_in(do))["version"] == out["version"]
    back = do(people.enable, dan, by=signed_in(do))
    assert (back["state"], back["role"], back["locations"]) == ("active", "staff", [cast.bar])
    assert look(sessions.resume, token) is None
    do(people.disable, dan, by=signed_in(do))
    with pytest.raises(Conflict):
        do(people.invite_again, dan, ONE_TIME, OFFICE, by=signed_in(do))


def test_no_password_is_kept_where_it_can_be_read(do: Do, look: Look, cast: Cast) -> None:
    invited(do, cast)

    rows = look(lambda s: [*s.exec(select(Account)).all(), *s.exec(select(Change)).all()])

    assert ONE_TIME.password not in " ".join(row.model_dump_json() for row in rows)
    assert look(lambda s: s.exec(select(Message)).one()).state == "queued"
