"""S19: codes are guessed in vain, work once, run out, and let in at one place only."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from server.clock import now
from server.db import Database
from server.errors import Forbidden, Invalid
from server.models import Device, Pairing
from server.people.actors import Right, Role
from server.places import pairing
from server.routes.api.devices import knock
from tests.cast import Cast
from tests.hands import Do, Look
from tests.pairing import device, form, paired

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
