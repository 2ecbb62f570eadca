"""Guessing is slow, and the owner is never kept out: S22's lock-out, by the clock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

import time_machine
from sqlmodel import Session

from server.clock import now
from server.db import Database
from server.people import limits, sessions
from server.people.limits import Gate
from tests.cast import Cast, address
from tests.hands import Do, Look

HERE, THERE = "192.0.2.7", "198.51.100.9"
DAY: Final = timedelta(days=1)
EMAIL: Final = address("Ben")


def knock(
    session: Session, place: str = HERE, email: str = EMAIL, known: str | None = None
) -> tuple[int, list[int]]:
    return limits.admit(session, limits.login(session, email, place, known))


def guesses(do: Do, span: timedelta, place: str = HERE) -> int:
    """How many a patient machine gets in, that comes back exactly when it may."""
    start = at = now()
    made = 0
    while at < start + span:
        with time_machine.travel(at):
            wait, _ = do(knock, place)
        made += not wait
        at += timedelta(seconds=wait or 0.1)
    return made


def test_five_in_a_minute_and_then_ever_fewer(do: Do, cast: Cast) -> None:
    assert guesses(do, timedelta(minutes=1)) == 5
    assert guesses(do, DAY) < 150


def test_ten_thousand_at_once_are_no_more_than_a_few(do: Do, cast: Cast, wide: Database) -> None:
    hand = Do(wide)

    def attempt(_: int) -> bool:
        return not hand(knock)[0]

    with ThreadPoolExecutor(16) as racers:
        assert sum(racers.map(attempt, range(300))) == 5


def test_the_owner_comes_in_from_elsewhere_whatever_a_guesser_does(do: Do, cast: Cast) -> None:
    guesses(do, timedelta(minutes=30))

    assert do(knock, THERE)[0] == 0


def test_and_from_the_same_place_with_a_browser_that_was_here_before(
    do: Do, look: Look, cast: Cast
) -> None:
    known = sessions.digest(do(sessions.sign_in, EMAIL, device="Firefox").token)
    guesses(do, timedelta(minutes=30))

    assert do(knock, HERE)[0]
    assert do(knock, HERE, EMAIL, known)[0] == 0
    assert do(knock, HERE, EMAIL, "made up")[0]
    assert len(look(limits.login, address("Ana"), HERE, known)) == 3


def test_a_crowd_of_guessers_makes_strangers_come_twice_but_keeps_nobody_out(
    do: Do, cast: Cast
) -> None:
    for number in range(40):
        do(knock, f"203.0.113.{number}")

    wait, _ = do(knock, THERE)
    assert 0 < wait <= 60
    with time_machine.travel(now() + timedelta(seconds=wait)):
        for number in range(40, 60):
            do(knock, f"203.0.113.{number}")
        assert do(knock, THERE)[0] == 0


def test_one_address_may_try_twenty_people_a_minute(do: Do, cast: Cast) -> None:
    waits = [do(knock, HERE, f"{number}@tests.example")[0] for number in range(25)]

    assert waits[:20] == [0] * 20
    assert all(waits[20:])


def test_the_right_password_counts_as_no_guess(do: Do, cast: Cast) -> None:
    for _ in range(12):
        wait, marks = do(knock)
        assert wait == 0
        do(limits.forgive, marks)


def test_a_house_has_one_address_of_the_new_kind() -> None:
    assert limits.home("2001:db8:1:2:3::4") == limits.home("2001:db8:1:2::5")
    assert limits.home("2001:db8:1:3::4") != limits.home("2001:db8:1:2::4")
    assert limits.home("testclient") == limits.home("") == "somewhere"


def test_pauses_double_up_to_a_bound() -> None:
    gate, at = Gate("g", 5), now()

    pauses = [gate.shut_for(tries, at, at).total_seconds() for tries in (4, 5, 10, 15, 50)]

    assert pauses == [0, 60, 120, 240, 900]
    assert limits.too_many(60).more["retry_after_seconds"] == 60
    assert "15 minutes" in limits.too_many(900).message
