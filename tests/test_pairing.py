"""S19: codes are guessed in vain, work once, run out; tokens renew themselves, and are revoked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from server.clock import now
from server.db import Database
from server.errors import Forbidden, Invalid, NotFound, SignedOut
from server.events import Audience
from server.models import Account, Change, Device, Pairing
from server.people import sessions, tablets
from server.people.actors import Right, Role
from server.places import devices, pairing, pins
from server.places.entry import DeviceChangeForm
from server.recognition import Credential, standings
from server.routes.api.devices import knock
from tests.cast import Cast, address
from tests.hands import Do, Look
from tests.pairing import PIN, device, form, paired, with_pin

FAR = timedelta(minutes=1)


def polled(do: Do, code: str, later: float = 0) -> pairing.Polled:
    with time_machine.travel(now() + timedelta(seconds=later)):
        return do(pairing.poll, code)


def test_a_tablet_is_let_in_at_one_place_and_nowhere_else(do: Do, look: Look, cast: Cast) -> None:
    token = paired(do, cast)

    tablet = device(look, token)

    assert tablet
    assert (tablet.role, tablet.name, tablet.profile) == (Role.DEVICE, "Bar 2", "board")
    assert tablet.locations == frozenset({cast.bar})
    assert tablet.rights == {Right.ORDERS_READ, Right.LOCATIONS_READ}
    assert tablet.csrf
    carried = device(look, token, "bearer")
    assert carried
    assert carried.csrf is None
    assert device(look, token, "cookie") is None
    kinds = [rung.kind for rung in do.bell.rung]
    assert kinds == ["device.paired", "device.changed"]
    assert token not in look(lambda s: s.exec(select(Device)).one()).model_dump_json()


def test_it_waits_until_somebody_approves_and_takes_its_token_once(do: Do, cast: Cast) -> None:
    begun = do(pairing.begin, "Chrome on Android", "192.0.2.7")

    assert polled(do, begun.device_code).state == "pending"
    do(pairing.approve, form(cast, f"{begun.code[:4]}-{begun.code[4:].lower()}"), by=cast.ben)
    assert polled(do, begun.device_code, 6).state == "paired"
    assert polled(do, begun.device_code, 12).state == "expired"
    with pytest.raises(Invalid):
        do(pairing.approve, form(cast, begun.code), by=cast.ben)
    assert polled(do, begun.code).state == "expired"


def test_taken_by_twenty_at_once_it_is_given_once(do: Do, cast: Cast, wide: Database) -> None:
    begun, hand = do(pairing.begin, "Chrome on Android", "192.0.2.7"), Do(wide)
    do(pairing.approve, form(cast, begun.code), by=cast.ben)

    with ThreadPoolExecutor(20) as racers:
        tokens = list(racers.map(lambda _: hand(pairing.poll, begun.device_code).token, range(20)))

    assert len([token for token in tokens if token]) == 1


def test_whoever_asks_too_often_is_slowed_down(do: Do, cast: Cast) -> None:
    begun = do(pairing.begin, "Chrome on Android", "192.0.2.7")

    told = [polled(do, begun.device_code, at) for at in (0, 2, 9, 20)]

    assert [(one.state, one.seconds) for one in told] == [
        ("pending", 5), ("slow_down", 10), ("slow_down", 15), ("slow_down", 20)
    ]  # fmt: skip
    assert polled(do, begun.device_code, 50).state == "pending"


def test_a_code_runs_out(do: Do, cast: Cast) -> None:
    begun = do(pairing.begin, "Chrome on Android", "192.0.2.7")

    with time_machine.travel(now() + pairing.LIFE + FAR):
        assert do(pairing.poll, begun.device_code).state == "expired"
        with pytest.raises(Invalid):
            do(pairing.found, begun.code, by=cast.ben)


def test_whoever_approves_sees_what_it_says_it_is(do: Do, cast: Cast) -> None:
    begun = do(pairing.begin, "Chrome on Android", "192.0.2.7")

    told = do(pairing.found, begun.code, by=cast.ben)

    assert (told["described"], told["address"]) == ("Chrome on Android", "192.0.2.7")
    with pytest.raises(Forbidden):
        do(pairing.found, begun.code, by=cast.dan)
    with pytest.raises(Forbidden):
        do(pairing.found, begun.code, by=cast.shop)


def test_nobody_lets_a_device_in_where_they_do_not_work(do: Do, cast: Cast) -> None:
    begun = do(pairing.begin, "Chrome on Android", "192.0.2.7")

    for by, place in ((cast.ben, cast.kitchen), (cast.ana, cast.island), (cast.cora, cast.bar)):
        with pytest.raises(Invalid, match="no location"):
            do(pairing.approve, form(cast, begun.code, location=place), by=by)


def test_ten_thousand_guesses_find_nothing(do: Do, look: Look, cast: Cast) -> None:
    """At most five in ten minutes are looked at, and a code lives for no longer than that."""
    begun, looked_at = do(pairing.begin, "Chrome on Android", "192.0.2.7"), 0

    for _ in range(10_000 // 50):
        wait, _marks = do(knock, cast.ben, "192.0.2.66")
        looked_at += not wait

    assert looked_at == 5
    assert len(begun.code) == 8
    assert len(pairing.LETTERS) == 20
    with time_machine.travel(now() + timedelta(minutes=10, seconds=1)):
        assert do(knock, cast.ben, "192.0.2.66")[0] == 0
    row = look(lambda s: s.exec(select(Pairing)).one())
    assert begun.code not in row.model_dump_json()
    assert begun.device_code not in row.model_dump_json()


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
