"""`/resolution`: what is flagged at the locations of whoever asks, the oldest first."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
import time_machine
from starlette.applications import Starlette
from starlette.testclient import TestClient

from server.app import refused
from server.clock import now
from server.errors import Refused
from server.people import sessions
from server.recognition import Recognition
from server.routes.screens import board, people, resolution
from server.settings import Settings
from tests.cast import Cast, address
from tests.hands import Do, Look
from tests.journeys import placed
from tests.test_issues import flagged, resolved


@pytest.fixture
def pages(do: Do, look: Look) -> Iterator[TestClient]:
    """The page over the scene's database."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        yield {"read": look.read, "recognise": Recognition(look.read), "settings": Settings()}

    handlers = {Refused: refused}
    routes = [*resolution.routes, *people.routes, *board.routes]
    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    with TestClient(app, "http://heard.example", follow_redirects=False) as client:
        yield client


def opened(pages: TestClient, do: Do, name: str, path: str = "/resolution") -> str:
    """The page as somebody of the cast sees it."""
    token = do(sessions.sign_in, address(name), device="Bar 2").token
    answer = pages.get(path, headers={"Cookie": f"sid={token}"})
    assert answer.status_code == 200
    return answer.text


def test_the_oldest_comes_first_and_a_line_is_drawn_at_a_day(
    pages: TestClient, do: Do, cast: Cast
) -> None:
    young, old = placed(do, cast), placed(do, cast)
    with time_machine.travel(now().timestamp() - 25 * 3600):
        flagged(do, old, cast.dan, text="Cold <b>")
    flagged(do, young, cast.dan, priority="urgent")

    shown = opened(pages, do, "ana").split("</ol>", 1)[0]

    places = [shown.index(each) for each in (old["code"], 'id="day"', young["code"])]
    assert places == sorted(places)
    assert "Cold &lt;b&gt;" in shown
    assert "Urgent · 2× Burger" in shown


def test_everybody_sees_their_own_locations(pages: TestClient, do: Do, cast: Cast) -> None:
    here, there = placed(do, cast), placed(do, cast, cast.kitchen)
    flagged(do, here, cast.dan)
    resolved(do, flagged(do, there, cast.ana), cast.ana)

    ana, ben, cora = (opened(pages, do, name) for name in ("ana", "ben", "cora"))

    assert here["code"] in ana
    assert there["code"] in ana
    assert here["code"] in ben
    assert there["code"] not in ben
    assert "Maria" not in cora
    assert "Nothing is flagged" in cora


@pytest.mark.parametrize("path", ["/resolution", "/board", "/people"])
def test_every_header_says_how_many_wait(pages: TestClient, do: Do, cast: Cast, path: str) -> None:
    before = opened(pages, do, "ana", path)
    with time_machine.travel(now().timestamp() - 19.5 * 3600):
        flagged(do, placed(do, cast), cast.dan)
    flagged(do, placed(do, cast, cast.kitchen), cast.ana)

    shown = opened(pages, do, "ana", path)

    chip = re.search(r'<a [^>]*id="flagged"[^>]*>.*?</a>', shown, re.DOTALL)
    assert chip
    assert re.sub("<[^>]*>", "", chip[0]).strip() == "2 flagged, oldest 19 h"
    assert re.search('<a [^>]*id="flagged"[^>]* hidden>', before)
