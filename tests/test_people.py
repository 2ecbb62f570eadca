"""People are moved and shut out by admins, one after another, and one admin always stays."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from server.clock import now
from server.db import Database
from server.errors import Conflict, Forbidden, Invalid, NotFound, Reauthenticate, Stale
from server.models import Change
from server.people import accounts, own
from server.people.actors import Role
from server.places import people
from server.places.entry import PersonForm
from tests import cast as casting
from tests.cast import Cast
from tests.entrance import OFFICE, ONE_TIME, ident, invited, signed_in
from tests.hands import Do, Look


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
