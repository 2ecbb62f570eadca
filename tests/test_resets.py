"""A forgotten password: one mail, one link, used once; and what passwords are refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from server.clock import now
from server.db import Database
from server.errors import Invalid
from server.messaging import outbox, resets
from server.messaging.outbox import RESET, State, Terms
from server.models import PasswordReset
from server.people import accounts, own, sessions
from server.people.passwords import check_new, hashed, matches
from tests.cast import PASSWORD, Cast, account_of, address
from tests.entrance import CHOSEN, OFFICE, invited, link, mails, signed_in
from tests.hands import Do, Look

RACERS = 20
HOME = "192.0.2.7"


def asked(do: Do, look: Look, name: str = "Ben") -> str:
    """Somebody asks for a link; its secret."""
    assert do(resets.ask, address(name), HOME, OFFICE) == 0
    return link(look(lambda session: mails(session, RESET))[-1])


def test_a_link_sets_a_password_and_signs_everybody_else_out(
    do: Do, look: Look, cast: Cast
) -> None:
    before = do(sessions.sign_in, address("Ben"), device="Phone").token
    token = asked(do, look)

    do(resets.set_password, token, hashed(CHOSEN))

    assert look(sessions.resume, before) is None
    kept = look(sessions.way_in, address("Ben")).password_hash or ""
    assert matches(kept, CHOSEN)
    assert not matches(kept, PASSWORD)
    with pytest.raises(Invalid, match="has been used"):
        do(resets.set_password, token, hashed(CHOSEN))
    assert token not in look(lambda s: s.exec(select(PasswordReset)).one()).model_dump_json()


def test_raced_by_twenty_it_works_once(do: Do, look: Look, cast: Cast, wide: Database) -> None:
    token, hand = asked(do, look), Do(wide)

    def attempt(number: int) -> bool:
        try:
            hand(resets.set_password, token, f"hash {number}")
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(RACERS) as racers:
        assert sum(racers.map(attempt, range(RACERS))) == 1


def test_a_link_lives_for_an_hour_and_newer_ones_do_not_outlive_it(
    do: Do, look: Look, cast: Cast
) -> None:
    first, second = asked(do, look), asked(do, look)

    with time_machine.travel(now() + timedelta(minutes=59)):
        assert look(resets.valid, first)
    with time_machine.travel(now() + timedelta(minutes=61)):
        assert not look(resets.valid, first)
        with pytest.raises(Invalid):
            do(resets.set_password, first, hashed(CHOSEN))
    do(resets.set_password, second, hashed(CHOSEN))
    assert not look(resets.valid, first)
    assert not look(resets.valid, "nonsense")


def test_nobody_learns_who_has_an_account(do: Do, look: Look, cast: Cast) -> None:
    do(lambda session: accounts.disable(session, account_of(session, "Dan")))

    for email in ("nobody@tests.example", address("Dan"), "", "\x00"):
        assert do(resets.ask, email, HOME, OFFICE) == 0

    assert look(mails) == []


def test_whoever_is_shut_out_meanwhile_is_not_let_in_by_it(do: Do, look: Look, cast: Cast) -> None:
    token = asked(do, look)

    do(lambda session: accounts.disable(session, account_of(session, "Ben")))

    assert not look(resets.valid, token)
    with pytest.raises(Invalid):
        do(resets.set_password, token, hashed(CHOSEN))


def test_a_mailbox_is_not_flooded(do: Do, look: Look, cast: Cast) -> None:
    for number in range(10):
        assert do(resets.ask, address("Ben"), f"192.0.2.{number}", OFFICE) == 0

    assert len(look(mails)) == resets.PER_HOUR


def test_one_address_asks_only_so_often(do: Do, cast: Cast) -> None:
    waits = [do(resets.ask, f"{number}@tests.example", HOME, OFFICE) for number in range(25)]

    assert waits[:20] == [0] * 20
    assert all(waits[20:])


def test_an_invited_person_may_come_in_by_a_link_as_well(do: Do, look: Look, cast: Cast) -> None:
    invited(do, cast)

    do(resets.set_password, asked(do, look, "Eve"), hashed(CHOSEN))

    assert not do(sessions.sign_in, address("Eve"), device="Phone").actor.one_time


def test_what_a_mail_let_in_is_forgotten_once_it_is_sent(do: Do, look: Look, cast: Cast) -> None:
    token = asked(do, look)
    [mail] = look(mails)

    held = do(outbox.lease, mail.id or 0, OFFICE.sender, Terms())
    assert held
    assert token in held.letter.text
    do(outbox.settle, held, State.SENT)

    assert look(mails)[0].text == outbox.BLANKED


def test_without_a_mail_server_it_stays_to_be_read(do: Do, look: Look, cast: Cast) -> None:
    token = asked(do, look)
    [mail] = look(mails)

    held = do(outbox.lease, mail.id or 0, OFFICE.sender, Terms())
    assert held
    do(outbox.settle, held, State.KEPT)

    assert token in look(mails)[0].text
    assert [shown["text"] for shown in look(outbox.listed, by=cast.ana)] == [mail.text]
    assert look(outbox.listed, by=cast.shop) == []
    assert look(outbox.listed, by=cast.ben) == []


def test_another_password_of_ones_own_ends_all_other_sessions(
    do: Do, look: Look, cast: Cast
) -> None:
    elsewhere = do(sessions.sign_in, address("Ben"), device="Phone").token
    ben = signed_in(do, "Ben")

    with pytest.raises(Invalid, match="not your password"):
        do(own.change_password, False, hashed(CHOSEN), by=ben)
    do(own.change_password, True, hashed(CHOSEN), by=ben)

    assert look(sessions.resume, elsewhere) is None
    assert [one["here"] for one in look(own.sessions_of, by=ben)] == [True]


@pytest.mark.parametrize(
    "password",
    ["short", "elevenchars", "password1234", "P@ssw0rd12345", "qwertyuiop12", "aaaaaaaaaaaa",
     "123456789012", "changemechangeme", "correct horse battery staple", "Summer2026!!",
     "iloveyou1234!", "abcabcabcabc", "x" * 1025],
)  # fmt: skip
def test_what_is_tried_first_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_new(password)
    assert refused.value.field == "password"


@pytest.mark.parametrize(
    "password", [PASSWORD, CHOSEN, "every order heard", "æøå på ei lita øy", "2718281828 is not it"]
)
def test_length_is_all_it_takes(password: str) -> None:
    assert check_new(password) == password
