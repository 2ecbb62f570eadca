"""People are let in, shut out and let in again; nobody comes in twice by one invitation."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from server.clock import now
from server.db import Database
from server.errors import Conflict, Forbidden, Invalid, NotFound, Reauthenticate, SignedOut, Stale
from server.messaging.outbox import ASKED, INVITATION
from server.models import Account, Change, Message, Organization
from server.people import accounts, own, sessions
from server.people.actors import Role
from server.people.passwords import hashed
from server.places import people
from server.places.entry import PersonForm
from tests import cast as casting
from tests.cast import Cast, account_of, address
from tests.entrance import CHOSEN, OFFICE, ONE_TIME, invited, mails, signed_in
from tests.hands import Do, Look

RACERS = 20


def ident(look: Look, name: str) -> int:
    return look(lambda session: account_of(session, name).id or 0)


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


def test_the_last_admin_stays(do: Do, look: Look, cast: Cast) -> None:
    ana, by = ident(look, "Ana"), signed_in(do)
    invited(do, cast, "Eve", role="admin")  # who has not come in yet

    with pytest.raises(Conflict, match="last admin"):
        do(people.disable, ana, by=by)
    with pytest.raises(Conflict, match="last admin"):
        do(people.change, ana, PersonForm(role="staff", locations=[cast.bar]), by=by)
    with pytest.raises(Conflict, match="last admin"):
        do(people.invite_again, ana, ONE_TIME, OFFICE, by=by)


def test_of_two_admins_who_shut_each_other_out_one_stays(
    do: Do, look: Look, cast: Cast, wide: Database
) -> None:
    do(lambda s: casting.person(s, cast.harbour, "Fay", Role.ADMIN) and None)
    acts = [(ident(look, "Ana"), signed_in(do, "Fay")), (ident(look, "Fay"), signed_in(do, "Ana"))]
    hand = Do(wide)

    def shut_out(act: tuple[int, object]) -> bool:
        try:
            hand(people.disable, act[0], by=act[1])  # type: ignore[arg-type]
        except (Conflict, Reauthenticate):
            return False
        return True

    with ThreadPoolExecutor(2) as racers:
        assert sum(racers.map(shut_out, acts)) == 1
    assert len(look(accounts.admins, cast.harbour)) == 1


def test_people_are_moved_and_every_change_is_in_the_log(do: Do, look: Look, cast: Cast) -> None:
    dan, by = ident(look, "Dan"), signed_in(do)
    form = PersonForm(role="manager", locations=[cast.bar, cast.kitchen], name="Daniel")

    after = do(people.change, dan, form, by=by, match=1)

    assert (after["role"], after["locations"]) == ("manager", sorted([cast.bar, cast.kitchen]))
    with pytest.raises(Stale):
        do(people.change, dan, form, by=by, match=1)
    assert do(people.change, dan, form, by=by)["version"] == after["version"]
    with pytest.raises(Invalid):
        do(people.change, dan, PersonForm(locations=[cast.island]), by=by)
    with pytest.raises(Invalid):
        do(people.change, dan, PersonForm(locations=[]), by=by)
    [line] = look(lambda s: s.exec(select(Change).where(Change.kind == "person.changed")).all())
    assert (line.by_name, line.subject, line.device) == ("Ana", "Daniel", "Firefox on Mac")
    assert line.detail["role"] == ["staff", "manager"]


def test_others_may_not_and_strangers_do_not_exist(do: Do, look: Look, cast: Cast) -> None:
    ana = ident(look, "Ana")

    with pytest.raises(Forbidden):
        do(people.disable, ana, by=signed_in(do, "Ben"))
    with pytest.raises(NotFound):
        do(people.disable, ana, by=signed_in(do, "Cora"))
    with pytest.raises(NotFound):
        look(people.person, ana, by=cast.cora)
    with pytest.raises(Invalid, match="already"):
        invited(do, cast, "Ben")
    assert look(people.listed, by=cast.cora).people[0]["name"] == "Cora"


def test_an_hour_after_the_password_it_is_asked_for_again(do: Do, look: Look, cast: Cast) -> None:
    ana = signed_in(do)

    with time_machine.travel(now() + timedelta(hours=1, minutes=1)):
        with pytest.raises(Reauthenticate):
            do(people.disable, ident(look, "Dan"), by=ana)
        do(own.prove, True, by=ana)
        assert do(people.disable, ident(look, "Dan"), by=ana)["state"] == "disabled"


def test_people_come_in_pages(do: Do, look: Look, cast: Cast) -> None:
    first = look(people.listed, by=cast.ana, limit=2)
    rest = look(people.listed, by=cast.ana, limit=2, cursor=first.next)

    assert [one["name"] for one in (*first.people, *rest.people)] == ["Ana", "Ben", "Dan"]
    assert rest.next is None
    with pytest.raises(Invalid):
        look(people.listed, by=cast.ana, cursor="nonsense")


def test_no_password_is_kept_where_it_can_be_read(do: Do, look: Look, cast: Cast) -> None:
    invited(do, cast)

    rows = look(lambda s: [*s.exec(select(Account)).all(), *s.exec(select(Change)).all()])

    assert ONE_TIME.password not in " ".join(row.model_dump_json() for row in rows)
    assert look(lambda s: s.exec(select(Message)).one()).state == "queued"
