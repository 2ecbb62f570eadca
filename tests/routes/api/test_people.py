"""People and one's own account by the API: changes are made once, and only by those who may."""

from datetime import timedelta

import pytest
import time_machine
from starlette.testclient import TestClient

from server.clock import now
from tests.callers import Caller
from tests.cast import PASSWORD, Cast
from tests.entrance import CHOSEN, mails
from tests.hands import Do, Look

EVE = {"email": "eve@tests.example", "role": "staff"}


@pytest.fixture
def ana(client: TestClient, do: Do, cast: Cast) -> Caller:
    return Caller.signed_in(client, do, "ana")


def test_a_retry_invites_nobody_twice(ana: Caller, look: Look, cast: Cast) -> None:
    asked = {**EVE, "locations": [cast.bar]}

    first = ana.post("/people", asked, idempotency_key="once")
    second = ana.post("/people", asked, idempotency_key="once")

    assert (first.status_code, first.json()["name"]) == (201, "Eve")
    assert second.content == first.content
    assert len(look(mails)) == 1
    assert first.headers["etag"] == '"1"'


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "system"},
        {"role": "manager"},
        {"role": "staff", "locations": [999_999]},
        {"email": "nobody"},
        {"email": "ben@tests.example", "role": "admin"},
    ],
)
def test_what_does_not_fit_is_refused(ana: Caller, look: Look, wrong: dict[str, object]) -> None:
    assert ana.post("/people", {**EVE, **wrong}).status_code == 422
    assert look(mails) == []


def test_people_are_listed_in_pages(ana: Caller) -> None:
    first = ana.get("/people?limit=2")

    assert [one["name"] for one in first.json()["people"]] == ["Ana", "Ben"]
    following = first.headers["link"].partition(">")[0].removeprefix("</api/v1")
    assert [one["name"] for one in ana.get(following).json()["people"]] == ["Dan"]


def test_a_change_of_what_has_changed_meanwhile_is_refused(ana: Caller, cast: Cast) -> None:
    dan = cast.dan.key.partition(":")[2]

    assert ana.patch(f"/people/{dan}", {"name": "Daniel"}, if_match='"1"').status_code == 200
    for verb in ("disable", "invite"):
        assert ana.post(f"/people/{dan}/{verb}", if_match='"1"').status_code == 412
    assert ana.patch(f"/people/{dan}", {"name": "Dan"}, if_match='"1"').status_code == 412
    assert ana.get(f"/people/{dan}").json()["name"] == "Daniel"


def test_the_change_log_is_for_those_who_may_change(
    client: TestClient, do: Do, ana: Caller, cast: Cast
) -> None:
    ana.post("/people", {**EVE, "locations": [cast.bar]})

    told = ana.get("/changes").json()["changes"]

    assert [line["kind"] for line in told] == ["person.invited"]
    assert Caller.signed_in(client, do, "ben").get("/changes").json()["changes"] == []
    assert Caller.signed_in(client, do, "dan").get("/changes").status_code == 403
    assert Caller.signed_in(client, do, "cora").get("/changes").json()["changes"] == []


def test_after_an_hour_the_password_is_asked_for(ana: Caller, cast: Cast) -> None:
    dan = cast.dan.key.partition(":")[2]
    with time_machine.travel(now() + timedelta(hours=1, minutes=5)):
        told = ana.post(f"/people/{dan}/disable")
        wrong = ana.post("/account/proof", {"password": "not the password"})
        right = ana.post("/account/proof", {"password": PASSWORD})

        assert told.json()["type"] == "/problems/reauthenticate"
        assert (wrong.status_code, right.status_code) == (422, 200)
        assert ana.post(f"/people/{dan}/disable").json()["state"] == "disabled"


def test_ones_own_password_is_guessed_slowly(ana: Caller) -> None:
    told = [ana.post("/account/proof", {"password": "wrong"}).status_code for _ in range(7)]

    assert told == [422] * 5 + [429] * 2


def test_another_password_signs_out_everywhere_else(
    client: TestClient, do: Do, ana: Caller
) -> None:
    elsewhere = Caller.signed_in(client, do, "ana")
    assert len(ana.get("/account/sessions").json()["sessions"]) == 2

    weak = ana.post("/account/password", {"current": PASSWORD, "new": "password1234"})
    changed = ana.post("/account/password", {"current": PASSWORD, "new": CHOSEN})

    assert (weak.status_code, changed.status_code) == (422, 200)
    assert elsewhere.get("/locations").status_code == 401
    [here] = ana.get("/account/sessions").json()["sessions"]
    assert here["here"]


def test_a_session_elsewhere_can_be_ended(client: TestClient, do: Do, ana: Caller) -> None:
    elsewhere = Caller.signed_in(client, do, "ana")
    [there] = [s for s in ana.get("/account/sessions").json()["sessions"] if not s["here"]]

    assert (
        Caller.signed_in(client, do, "ben").post(f"/account/sessions/{there['id']}/end").status_code
        == 404
    )
    assert ana.post(f"/account/sessions/{there['id']}/end").status_code == 200
    assert elsewhere.get("/locations").status_code == 401
    again = Caller.signed_in(client, do, "ana")
    assert ana.post("/account/sessions/end").status_code == 200
    assert again.get("/locations").status_code == 401


@pytest.mark.parametrize("pin", ["123", "1234567", "12a4", "", "\u0661\u0662\u0663\u0664"])
def test_a_pin_is_four_to_six_digits(ana: Caller, pin: str) -> None:
    assert ana.put("/account/pin", {"pin": pin}).status_code == 422


def test_a_pin_is_set_and_taken_away(ana: Caller, cast: Cast) -> None:
    own = f"/people/{cast.ana.key.partition(':')[2]}"

    ana.put("/account/pin", {"pin": "2718"})
    assert ana.get(own).json()["pin"]
    assert not ana.post(f"{own}/clear_pin").json()["pin"]


def test_no_key_lets_anybody_in(shop: Caller, cast: Cast) -> None:
    for path in ("/people", "/devices", "/pairings"):
        assert shop.post(path, {}).status_code == 403
    assert shop.get("/account/sessions").status_code == 403
