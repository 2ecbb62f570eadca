"""Sign-ins: opened, used, idle, ended."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from server.clock import now
from server.models import Organization, SignIn
from server.people import accounts, sessions
from server.people.sessions import ABSOLUTE, IDLE, TOUCH, Opened
from tests.cast import Cast, account_of, address
from tests.hands import Do, Look


def opened(do: Do, name: str = "Ben") -> Opened:
    return do(sessions.sign_in, address(name), device="Firefox on a tablet")


def test_whoever_signs_in_is_known_by_the_cookie(do: Do, look: Look, cast: Cast) -> None:
    session = opened(do)

    ben = look(sessions.resume, session.token)

    assert ben == session.actor
    assert (ben.key, ben.locations) == (cast.ben.key, frozenset({cast.bar}))
    assert ben.device == "Firefox on a tablet"
    assert ben.csrf
    assert ben.sign_in


def test_the_secret_itself_is_not_kept(do: Do, look: Look) -> None:
    session = opened(do)

    (row,) = look(lambda s: s.exec(select(SignIn)).all())

    assert session.token not in row.model_dump_json()
    assert str(session.actor.csrf) not in repr(session.actor)


@pytest.mark.parametrize("token", ["", "nonsense", "\x00", "é" * 5000])
def test_a_strange_cookie_is_nobodys(do: Do, look: Look, token: str) -> None:
    opened(do)

    assert look(sessions.resume, token) is None


def test_a_session_idles_out(do: Do, look: Look) -> None:
    token = opened(do).token

    with time_machine.travel(now() + IDLE - timedelta(minutes=1)):
        assert look(sessions.resume, token)
    with time_machine.travel(now() + IDLE + timedelta(minutes=1)):
        assert look(sessions.resume, token) is None


def test_a_session_in_use_grows_old_all_the_same(do: Do, look: Look) -> None:
    session = opened(do)
    start = now()
    assert session.actor.sign_in

    for hours in range(7, 24, 7):
        with time_machine.travel(start + timedelta(hours=hours)):
            assert look(sessions.resume, session.token)
            do(sessions.touch, [session.actor.sign_in])

    with time_machine.travel(start + ABSOLUTE - timedelta(minutes=1)):
        assert look(sessions.resume, session.token)
    with time_machine.travel(start + ABSOLUTE + timedelta(minutes=1)):
        assert look(sessions.resume, session.token) is None


def test_use_is_written_down_once_a_minute_at_most(do: Do, look: Look) -> None:
    session = opened(do)
    ident = session.actor.sign_in or 0

    def used() -> object:
        return look(lambda s: s.get_one(SignIn, ident).used_at)

    before = used()
    do(sessions.touch, [ident, 999_999])
    assert used() == before
    with time_machine.travel(now() + TOUCH + timedelta(seconds=1)):
        do(sessions.touch, [ident])
    assert used() != before


def test_a_copied_cookie_is_worth_nothing_after_signing_out(do: Do, look: Look, cast: Cast) -> None:
    session, other = opened(do), opened(do)
    before = look(lambda s: s.get_one(Organization, cast.harbour).access_version)
    ident = session.actor.sign_in or 0

    do(sessions.sign_out, ident)
    do(sessions.sign_out, ident)
    do(sessions.sign_out, 999_999)

    assert look(sessions.resume, session.token) is None
    assert look(sessions.resume, other.token)
    assert look(lambda s: s.get_one(Organization, cast.harbour).access_version) == before + 1


def test_an_ended_session_is_not_revived_by_use(do: Do, look: Look) -> None:
    session = opened(do)
    ident = session.actor.sign_in or 0
    do(sessions.sign_out, ident)

    with time_machine.travel(now() + 2 * TOUCH):
        do(sessions.touch, [ident])
        assert look(sessions.resume, session.token) is None


def test_whoever_is_shut_out_is_signed_out(do: Do, look: Look) -> None:
    token = opened(do).token
    assert look(sessions.password_hash, address("Ben"))

    do(lambda session: accounts.disable(session, account_of(session, "Ben")))

    assert look(sessions.resume, token) is None
    assert look(sessions.password_hash, address("Ben")) is None


def test_nobody_has_no_password(look: Look, cast: Cast) -> None:
    assert cast.ana
    assert look(sessions.password_hash, "nobody@tests.example") is None
    assert look(sessions.password_hash, "\x00") is None
