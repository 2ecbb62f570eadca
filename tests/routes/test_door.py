"""The forms at the door, over HTTP: invited, forgotten, guessed, at two databases."""

import statistics
import time
from datetime import timedelta

import pytest
import time_machine
from starlette.types import ASGIApp

from server.clock import now
from server.messaging.outbox import ASKED, RESET
from tests.cast import Cast, address
from tests.entrance import CHOSEN, ONE_TIME, invited, link, mails
from tests.hands import Do, Look
from tests.routes.doorway import HIDDEN, Browser, house


@pytest.fixture
def app(do: Do, look: Look, cast: Cast) -> ASGIApp:
    return house(do, look)


@pytest.fixture
def browser(app: ASGIApp) -> Browser:
    return Browser(app)


def test_a_one_time_password_leads_to_one_of_ones_own(browser: Browser, do: Do, cast: Cast) -> None:
    invited(do, cast)

    came = browser.sign_in("Eve", ONE_TIME.password)

    assert came.headers["location"] == "/password?next=%2Fboard"
    assert browser.get("/board").headers["location"] == "/password"
    told = browser.get("/api/v1/locations")
    assert (told.status_code, told.json()["type"]) == (403, "/problems/new-password")
    for weak in ("short", "password1234"):
        assert browser.send("/password", password=weak).status_code == 422
    set_ = browser.send("/password", password=CHOSEN, next="/board?location=1")
    assert (set_.status_code, set_.headers["location"]) == (303, "/board?location=1")
    assert browser.get("/board").status_code == 200
    assert do.bell.rung[-1].kind == "person.changed"
    assert browser.get("/password").headers["location"] == "/account"


def test_it_works_once(browser: Browser, app: ASGIApp, do: Do, cast: Cast) -> None:
    invited(do, cast)

    answers = [Browser(app).sign_in("Eve", ONE_TIME.password).status_code for _ in range(3)]

    assert answers == [303, 422, 422]


def test_too_late_it_asks_for_another_and_says_the_same_to_everybody(
    browser: Browser, do: Do, look: Look, cast: Cast
) -> None:
    invited(do, cast)
    with time_machine.travel(now() + timedelta(days=8)):
        page = browser.sign_in("Eve", ONE_TIME.password)
        wrong = browser.sign_in("Eve", "another password")
        hidden = dict(HIDDEN.findall(page.text))
        told = browser.client.post("/login/ask", data=hidden)
        forged = browser.client.post("/login/ask", data={**hidden, "ask": "made.up"})

    assert "This invitation ran out on" in page.text
    assert "ran out" not in wrong.text
    assert (told.status_code, forged.status_code) == (303, 403)
    assert len(look(lambda session: mails(session, ASKED))) == 1


def test_whoever_forgot_gets_a_link_that_works_once(browser: Browser, do: Do, look: Look) -> None:
    known = browser.send("/forgot", email=address("Ben"))
    unknown = browser.send("/forgot", email="nobody@tests.example")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    token = link(look(lambda session: mails(session, RESET))[0])

    assert browser.get(f"/reset/{token}").headers["cache-control"] == "no-store"
    assert browser.send(f"/reset/{token}", password="short").status_code == 422
    assert browser.send(f"/reset/{token}", password=CHOSEN).headers["location"].startswith("/login")
    assert browser.send(f"/reset/{token}", password=CHOSEN).status_code == 403
    assert browser.get(f"/reset/{token}").status_code == 410
    assert browser.sign_in("Ben").status_code == 422
    assert browser.sign_in("Ben", CHOSEN).status_code == 303


def test_guessing_slows_down_but_the_owner_comes_in(
    browser: Browser, app: ASGIApp, cast: Cast
) -> None:
    wrong = [browser.sign_in("Ben", f"guess number {number}") for number in range(7)]

    assert [answer.status_code for answer in wrong] == [422] * 5 + [429] * 2
    assert int(wrong[-1].headers["retry-after"]) <= 60
    assert "Try again in" in wrong[-1].text
    assert browser.sign_in("Ben").status_code == 429
    assert Browser(app, "198.51.100.9").sign_in("Ben").status_code == 303
    with time_machine.travel(now() + timedelta(seconds=61)):
        assert browser.sign_in("Ben").status_code == 303
    browser.client.cookies.delete("sid")
    again = [browser.sign_in("Ben", "wrong once more").status_code for _ in range(3)]
    assert again == [422] * 3


def test_a_known_browser_has_its_own_tries(browser: Browser, app: ASGIApp, cast: Cast) -> None:
    browser.sign_in("Ben")
    browser.client.cookies.delete("sid")
    for number in range(8):
        Browser(app).sign_in("Ben", f"guess number {number}")

    assert Browser(app).sign_in("Ben").status_code == 429
    assert browser.sign_in("Ben").status_code == 303


@pytest.mark.parametrize("path", ["/login", "/forgot", "/password", "/reset/token"])
def test_a_strange_page_cannot_send_a_form(browser: Browser, path: str) -> None:
    if path == "/password":
        browser.sign_in("Ben")
    strange = {"Origin": "http://evil.example"}

    for headers, csrf in (({}, "made up"), (strange, "")):
        hidden = dict(HIDDEN.findall(browser.get(path).text))
        fields = {"csrf": csrf or hidden.get("csrf", ""), "email": "", "password": CHOSEN}
        assert browser.client.post(path, data=fields, headers=headers).status_code == 403


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_time_an_answer_takes_tells_nothing(do: Do, look: Look, cast: Cast) -> None:
    """S22: 500 tries, in turn of somebody who is there and somebody who is not."""
    browser = Browser(house(do, look, login_limits=False))
    took: dict[str, list[float]] = {"Ben": [], "Nobody": []}

    for _ in range(250):
        for name, seconds in took.items():
            began = time.perf_counter()
            assert browser.sign_in(name, "not the password").status_code == 422
            seconds.append(time.perf_counter() - began)

    known, unknown = (statistics.median(seconds) for seconds in took.values())
    assert abs(known - unknown) < 0.005


@pytest.mark.parametrize("given", ["\x00", "x" * 5000, "é" * 2000, ""])
def test_strange_input_is_only_wrong(browser: Browser, given: str) -> None:
    answer = browser.send("/login", email=given, password=given)

    assert answer.status_code == 422
