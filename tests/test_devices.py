"""Paired devices: what they hear, how their tokens renew themselves, how they are shut out."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from server.clock import now
from server.errors import NotFound, SignedOut
from server.events import Audience
from server.models import Change
from server.people import sessions, tablets
from server.people.actors import Right
from server.places import devices, pairing, pins
from server.places.entry import DeviceChangeForm
from server.recognition import Credential, standings
from tests.cast import Cast
from tests.hands import Do, Look
from tests.pairing import device, paired, with_pin

FAR = timedelta(minutes=1)


def test_a_display_hears_only_what_it_may_show(do: Do, look: Look, cast: Cast) -> None:
    shown = Credential("device", paired(do, cast, profile="pickup"))

    standing = look(standings, [shown])[shown]

    assert standing.actor.rights == {Right.LOCATIONS_READ}
    assert standing.channels == {f"location:{cast.bar}"}
    heard = {a for a in Audience if standing.may_watch(f"location:{cast.bar}", a)}
    assert heard == {Audience.PICKUP}
    assert not standing.may_watch(f"location:{cast.kitchen}", Audience.PICKUP)


def test_a_token_is_renewed_each_day_and_the_old_one_lives_until_then(
    do: Do, look: Look, cast: Cast
) -> None:
    first = paired(do, cast)
    assert do(devices.beat, first)[1] is None

    with time_machine.travel(now() + timedelta(days=1, minutes=1)) as clock:
        _, second = do(devices.beat, first)
        assert second
        assert device(look, first)
        assert do(devices.beat, first)[1] is None  # another tab, in the same moment
        clock.shift(timedelta(minutes=2))
        _, third = do(devices.beat, first)  # the answer was lost: once more
        assert third
        assert device(look, second) is None
        assert do(devices.beat, third)[1] is None
        assert device(look, third)
        assert device(look, first) is None


def test_a_token_that_nobody_uses_dies_after_ninety_days(do: Do, look: Look, cast: Cast) -> None:
    token = paired(do, cast)

    with time_machine.travel(now() + tablets.TOKEN_LIFE - FAR):
        assert device(look, token)
    with time_machine.travel(now() + tablets.TOKEN_LIFE + FAR):
        assert device(look, token) is None
        with pytest.raises(SignedOut):
            do(devices.beat, token)


def test_a_revoked_device_is_out_and_so_is_whoever_sat_there(
    do: Do, look: Look, cast: Cast
) -> None:
    token, dan = paired(do, cast), with_pin(do)
    tablet = device(look, token)
    assert tablet
    _, _, kept = do(pins.knock, dan, by=tablet)
    there = do(pins.sign_in, dan, kept, by=tablet).token
    assert look(sessions.resume, there)

    do(devices.revoke, tablet.device_id or 0, by=cast.ben)

    assert device(look, token) is None
    assert look(sessions.resume, there) is None
    assert look(devices.listed, by=cast.ben)[0]["state"] == "revoked"
    begun = do(pairing.begin, "Chrome on Android", "192.0.2.7")
    do(pairing.pair_again, tablet.device_id or 0, begun.code, by=cast.ben)
    assert device(look, do(pairing.poll, begun.device_code).token or "")
    kinds = look(lambda s: [line.kind for line in s.exec(select(Change)).all()])
    assert kinds == ["device.paired", "device.revoked", "device.paired"]


def test_devices_of_others_are_not_there(do: Do, look: Look, cast: Cast) -> None:
    paired(do, cast, by=cast.ana, location=cast.kitchen)
    ident = look(devices.listed, by=cast.ana)[0]["id"]

    assert look(devices.listed, by=cast.ben) == look(devices.listed, by=cast.cora) == []
    for by in (cast.ben, cast.cora):
        with pytest.raises(NotFound):
            do(devices.revoke, ident, by=by)
        with pytest.raises(NotFound):
            do(devices.change, ident, DeviceChangeForm(name="Mine"), by=by)


def test_a_device_may_be_called_otherwise_and_moved(do: Do, look: Look, cast: Cast) -> None:
    token = paired(do, cast)
    ident = look(devices.listed, by=cast.ana)[0]["id"]

    after = do(devices.change, ident, DeviceChangeForm(name="Till", location=cast.kitchen),
               by=cast.ana)  # fmt: skip

    assert (after["name"], after["location"]) == ("Till", cast.kitchen)
    tablet = device(look, token)
    assert tablet
    assert tablet.locations == frozenset({cast.kitchen})
