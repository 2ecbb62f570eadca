"""The forms at the door, over HTTP: invited, forgotten, guessed, at two databases."""

import re
import statistics
import time
from datetime import timedelta
from typing import Any, Final

import pytest
import time_machine
from httpx2 import Response
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from server.app import astray, refused
from server.clock import now
from server.errors import Refused
from server.messaging.outbox import ASKED, RESET
from server.recognition import Recognition
from server.routes import api
from server.routes.screens import board, devices, login, password, people
from server.settings import Settings
from tests.cast import PASSWORD, Cast, address
from tests.entrance import CHOSEN, ONE_TIME, invited, link, mails
from tests.hands import Do, Look

HIDDEN: Final = re.compile(r'name="(csrf|ask)" value="([^"]+)"')


class Browser:
    """A browser at the door."""

    def __init__(self, app: ASGIApp, host: str = "192.0.2.7") -> None:
        self.client = TestClient(
            app, "http://heard.example", follow_redirects=False, client=(host, 50000)
        )

    def get(self, path: str) -> Response:
        return self.client.get(path)

    def send(self, path: str, form: str | None = None, **fields: str) -> Response:
        """Fill in the form of a page, and send it."""
        hidden = dict(HIDDEN.findall(self.get(form or path).text))
        return self.client.post(path, data={"csrf": hidden.get("csrf", ""), **fields})

    def sign_in(self, name: str, given: str = PASSWORD) -> Response:
        return self.send("/login", email=address(name), password=given)


def house(do: Do, look: Look, **settings: Any) -> ASGIApp:
    """The door, the board and the API, with nothing running beside them."""
    pages = [*login.routes, *password.routes, *people.routes, *devices.routes, *board.routes]
    app = Starlette(
        routes=[Mount("/api/v1", routes=api.routes), *pages],
        exception_handlers={Refused: refused, HTTPException: astray},
    )
    parts = {
        "perform": do.perform,
        "read": look.read,
        "recognise": Recognition(look.read),
        "settings": Settings(public_url="http://heard.example", **settings),
    }

    async def standing(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": dict(parts)}, receive, send)

    return standing


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
