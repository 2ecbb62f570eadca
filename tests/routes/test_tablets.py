"""A tablet over HTTP: it asks, is let in, beats, is shared by PIN, and locks."""

import re
from datetime import timedelta
from typing import Any, Final

import pytest
import time_machine
from starlette.types import ASGIApp

from server.clock import now
from tests.callers import Caller
from tests.cast import Cast, address
from tests.hands import Do, Look
from tests.pairing import PIN, paired, with_pin
from tests.routes.doorway import Browser, house

CODE: Final = re.compile(r"([A-Z]{4}-[A-Z]{4})</p>")
CSRF: Final = re.compile(r'name="csrf" content="([^"]+)"')
JSON: Final = {"Accept": "application/json"}


@pytest.fixture
def app(do: Do, look: Look, cast: Cast) -> ASGIApp:
    return house(do, look)


def manager(app: ASGIApp, do: Do, name: str = "ben") -> Caller:
    return Caller.signed_in(Browser(app).client, do, name)


def tablet(app: ASGIApp, do: Do, **more: Any) -> Browser:
    """A browser that has been let in."""
    browser = Browser(app, "192.0.2.50")
    browser.send("/pair")
    [code] = CODE.findall(browser.get("/pair").text)
    asked = {"code": code, "name": "Bar 2", "location": 1, "profile": "board", **more}
    assert manager(app, do).post("/devices", asked).status_code == 201
    answer = browser.client.post("/pair/poll", headers=JSON)
    assert answer.json() == {"state": "paired", "seconds": 5}
    return browser


def csrf(browser: Browser, path: str) -> str:
    found: list[str] = CSRF.findall(browser.get(path).text)
    return found[0]


def api(browser: Browser, path: str, body: Any, token: str) -> Any:
    return browser.client.post(f"/api/v1{path}", json=body, headers={"X-CSRF-Token": token})


def test_it_shows_a_code_and_waits(app: ASGIApp, do: Do) -> None:
    browser = Browser(app)

    assert browser.client.post("/pair").status_code == 403
    assert browser.send("/pair").headers["location"] == "/pair"
    page = browser.get("/pair").text

    assert CODE.search(page)
    assert '<svg viewBox="' in page
    told = browser.client.post("/pair/poll", headers=JSON)
    assert told.json() == {"state": "pending", "seconds": 5}
    assert browser.client.post("/pair/poll", headers=JSON).json()["state"] == "slow_down"
    strange = {"Origin": "http://evil.example"}
    assert browser.client.post("/pair/poll", headers=strange).status_code == 403
    assert "sid" not in browser.client.cookies


def test_its_cookie_is_for_no_script_and_its_token_is_renewed_by_it(app: ASGIApp, do: Do) -> None:
    browser = tablet(app, do)
    before = browser.client.cookies["dev"]

    with time_machine.travel(now() + timedelta(days=1, minutes=5)):
        answer = api(browser, "/devices/self/beat", {}, csrf(browser, "/board"))

    assert answer.json()["token"] is None
    assert answer.json()["device"]["state"] == "active"
    assert "HttpOnly; SameSite=Lax" in answer.headers["set-cookie"]
    assert browser.client.cookies["dev"] != before


def test_a_program_is_given_its_token(do: Do, cast: Cast, app: ASGIApp) -> None:
    token = paired(do, cast)

    with time_machine.travel(now() + timedelta(days=1, minutes=5)):
        answer = Caller.with_key(Browser(app).client, token).post("/devices/self/beat", {})

    assert answer.json()["token"].startswith("heard_dev_")
    assert "set-cookie" not in answer.headers


def test_by_itself_it_only_looks(app: ASGIApp, do: Do, cast: Cast) -> None:
    token = Caller.with_key(Browser(app).client, paired(do, cast))
    order = manager(app, do).place(cast.bar)

    assert token.get(f"/orders/{order['id']}").status_code == 200
    for path, body in (
        (f"/orders/{order['id']}/ready", {}),
        ("/people", {"email": "e@tests.example", "role": "admin"}),
        ("/devices", {"code": "BBBB-BBBB", "name": "x", "location": 1, "profile": "board"}),
    ):
        assert token.post(path, body).status_code == 403
    assert token.get(f"/locations/{cast.kitchen}/orders").status_code == 404


@pytest.mark.parametrize("profile", ["kitchen", "merch", "pickup"])
def test_a_display_reads_no_orders(app: ASGIApp, do: Do, cast: Cast, profile: str) -> None:
    shown = Caller.with_key(Browser(app).client, paired(do, cast, profile=profile))

    assert shown.get("/orders").status_code == 403
    assert shown.get(f"/locations/{cast.bar}/board").status_code == 403
    assert shown.get("/locations").status_code == 200
    assert shown.post("/devices/self/beat", {}).status_code == 200
    dan = {"person": with_pin(do), "pin": PIN}
    assert shown.post("/devices/self/sign_in", dan).status_code == 422


def test_somebody_signs_in_by_pin_and_the_tablet_locks(app: ASGIApp, do: Do, cast: Cast) -> None:
    browser, dan = tablet(app, do), with_pin(do)
    key = csrf(browser, "/switch")
    wrong = api(browser, "/devices/self/sign_in", {"person": dan, "pin": "0000"}, key)
    assert (wrong.status_code, wrong.json()["field"]) == (422, "pin")
    assert (
        api(browser, "/devices/self/sign_in", {"person": dan, "pin": PIN}, "x").status_code == 403
    )
    right = api(browser, "/devices/self/sign_in", {"person": dan, "pin": PIN}, key)
    assert right.json() == {"id": dan, "name": "Dan"}

    order = manager(app, do).place(cast.bar)
    own = csrf(browser, "/board")
    moved = api(browser, f"/orders/{order['id']}/ready", {}, own)
    assert moved.json()["moved"]["by"] == "Dan"
    history = manager(app, do).get(f"/orders/{order['id']}").json()["history"]
    assert history[-1]["by"] == {"name": "Dan", "role": "staff", "device": "Bar 2"}
    out = browser.client.post("/logout", data={"csrf": own})
    assert out.headers["location"] == "/switch"
    refused = api(browser, f"/orders/{order['id']}/complete", {}, csrf(browser, "/board"))
    assert refused.status_code == 403
    assert browser.get("/pair").headers["location"] == "/switch"


def test_a_pin_is_no_proof_for_what_takes_a_password(app: ASGIApp, do: Do, cast: Cast) -> None:
    browser, ana = tablet(app, do), with_pin(do, "Ana")
    key = csrf(browser, "/switch")
    api(browser, "/devices/self/sign_in", {"person": ana, "pin": PIN}, key)
    own = csrf(browser, "/board")
    asked = {"email": "e@tests.example", "role": "admin"}

    told = api(browser, "/people", asked, own)

    assert (told.status_code, told.json()["type"]) == (403, "/problems/reauthenticate")
    wrong = api(browser, "/account/proof", {"password": "not the password"}, own)
    assert wrong.status_code == 422
    right = api(browser, "/account/proof", {"password": "a password for tests"}, own)
    assert right.status_code == 200
    assert api(browser, "/people", asked, own).status_code == 201


def test_whoever_signs_in_by_password_there_is_at_the_tablet(
    app: ASGIApp, do: Do, cast: Cast
) -> None:
    browser = tablet(app, do)

    browser.sign_in("Dan")
    order = manager(app, do).place(cast.bar)
    api(browser, f"/orders/{order['id']}/ready", {}, csrf(browser, "/board"))

    history = manager(app, do).get(f"/orders/{order['id']}").json()["history"]
    assert history[-1]["by"]["device"] == "Bar 2"
    assert address("Dan") not in browser.get("/board").text


def test_ten_thousand_codes_and_pins_are_guessed_in_vain(app: ASGIApp, do: Do, cast: Cast) -> None:
    """S19, in little; the ten thousand themselves are marked long."""
    guessed(app, do, 60)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_ten_thousand_codes_are_guessed_in_vain(app: ASGIApp, do: Do, cast: Cast) -> None:
    guessed(app, do, 10_000)


def guessed(app: ASGIApp, do: Do, times: int) -> None:
    """Somebody who may let devices in tries codes at random."""
    Browser(app).send("/pair")
    ben = manager(app, do)
    letters = "BCDFGHJKLMNPQRSTVWXZ"
    codes = ("".join(letters[(n // 20**i) % 20] for i in range(8)) for n in range(times))

    answers = [ben.post("/pairings", {"code": code}) for code in codes]

    assert [answer.status_code for answer in answers[:5]] == [422] * 5
    assert {answer.status_code for answer in answers[5:]} == {429}
    assert int(answers[-1].headers["retry-after"]) <= 600
