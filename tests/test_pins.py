"""Shared tablets: a PIN opens at its place, for a while, and is guessed slowly."""

from datetime import timedelta

import pytest
import time_machine

from server.clock import now
from server.errors import Forbidden, Invalid
from server.models import Account
from server.people import sessions
from server.places import pins
from tests.cast import Cast, address
from tests.hands import Do, Look
from tests.pairing import PIN, device, paired, with_pin

FAR = timedelta(minutes=1)


def test_a_pin_opens_at_its_place_only_and_every_act_says_where(
    do: Do, look: Look, cast: Cast
) -> None:
    dan = with_pin(do)
    tablet, other = (device(look, paired(do, cast, by=cast.ana, location=place))
                     for place in (cast.bar, cast.kitchen))  # fmt: skip
    assert tablet
    assert other

    assert [one["name"] for one in look(pins.people, by=tablet)] == ["Dan"]
    assert look(pins.people, by=other) == []
    _, _, kept = do(pins.knock, dan, by=tablet)
    opened = do(pins.sign_in, dan, kept, by=tablet)

    assert (opened.actor.name, opened.actor.device) == ("Dan", "Bar 2")
    with pytest.raises(Invalid):
        do(pins.sign_in, dan, kept, by=other)
    with pytest.raises(Invalid):
        do(pins.sign_in, dan, None, by=tablet)
    with pytest.raises(Forbidden):
        look(pins.people, by=cast.dan)


def test_whoever_leaves_a_tablet_is_locked_out_of_it_soon(do: Do, look: Look, cast: Cast) -> None:
    dan, tablet = with_pin(do), device(look, paired(do, cast))
    assert tablet
    _, _, kept = do(pins.knock, dan, by=tablet)
    token = do(pins.sign_in, dan, kept, by=tablet).token

    with time_machine.travel(now() + timedelta(minutes=14)):
        assert look(sessions.resume, token)
    with time_machine.travel(now() + timedelta(minutes=16)):
        assert look(sessions.resume, token) is None


def test_pins_are_guessed_slowly_and_the_password_still_opens(
    do: Do, look: Look, cast: Cast
) -> None:
    dan, tablet = with_pin(do), device(look, paired(do, cast))
    other = device(look, paired(do, cast))
    assert tablet
    assert other

    waits = [do(pins.knock, dan, by=tablet)[0] for _ in range(8)]

    assert waits[:5] == [0] * 5
    assert all(waits[5:])
    assert do(pins.knock, dan, by=other)[0] == 0
    assert do(sessions.sign_in, address("Dan"), device="Phone", device_id=tablet.device_id)
    with time_machine.travel(now() + timedelta(seconds=61)):
        wait, _, shown = do(pins.knock, dan, by=tablet)
        assert wait == 0
        do(pins.sign_in, dan, shown, by=tablet)
        assert [do(pins.knock, dan, by=tablet)[0] for _ in range(5)] == [0] * 5
    kept = look(lambda s: s.get_one(Account, dan).pin_hash)
    assert PIN not in str(kept)
