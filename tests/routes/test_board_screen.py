"""`/board`: printed for whoever may see it, narrowed as the address says."""

import re
from collections.abc import Callable
from typing import Final

import orjson
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from server.people import sessions
from server.routes.screens.board import ROWS_AT_ONCE
from tests.cast import Cast, address
from tests.hands import Do
from tests.journeys import move, placed

LATER: Final = "2030-01-01T12:00:00Z"
Visit = Callable[..., Response]


@pytest.fixture
def visit(screens: TestClient, do: Do) -> Visit:
    """Somebody of the cast opens a page."""

    def open_(path: str, name: str = "Ana") -> Response:
        opened = do(sessions.sign_in, address(name), device="Bar 2")
        return screens.get(path, headers={"Cookie": f"sid={opened.token}"})

    return open_


def codes(page: Response) -> list[str]:
    """The orders that are printed as rows, one after another."""
    return re.findall(r'data-f="code">(\w+)</span></a>', page.text)


def data(page: Response) -> dict[str, object]:
    """What the scripts are told."""
    told = re.search(r'<script type="application/json" id="page">(.*?)</script>', page.text)
    assert told
    block: dict[str, object] = orjson.loads(told[1])
    return block


def test_everything_is_printed_in_groups(visit: Visit, do: Do, cast: Cast) -> None:
    calm, over = placed(do, cast), placed(do, cast)
    later = placed(do, cast, due_at=LATER)
    move(do, over, "fulfilled", cast.dan)

    page = visit(f"/board?location={cast.bar}")

    assert codes(page) == [calm["code"]]
    assert data(page)["tallies"] == {
        "pending": 1, "ready": 0, "fulfilled": 1, "resolved": 0, "cancelled": 0,
        "all": 3, "needs": 0, "flagged": 0, "scheduled": 1,
    }  # fmt: skip
    assert later["code"] in page.text
    assert codes(visit(f"/board?location={cast.bar}&stage=scheduled")) == [later["code"]]
    assert codes(visit(f"/board?location={cast.bar}&stage=fulfilled")) == [over["code"]]


def test_many_rows_are_left_to_the_scripts_and_a_link_prints_them_all(
    visit: Visit, do: Do, cast: Cast
) -> None:
    orders = [placed(do, cast)["code"] for _ in range(ROWS_AT_ONCE + 3)]

    page = visit(f"/board?location={cast.bar}")

    assert codes(page) == orders[:ROWS_AT_ONCE]
    link = re.search(r'href="([^"]+)">Show 3 more', page.text)
    assert link
    assert codes(visit(link[1].replace("&amp;", "&"))) == orders


def test_a_board_of_all_locations_has_ones_own_and_no_others(
    visit: Visit, do: Do, cast: Cast
) -> None:
    bar, kitchen = placed(do, cast), placed(do, cast, cast.kitchen)

    ana, ben = visit("/board?location=all"), visit("/board?location=all", "Ben")

    assert set(codes(ana)) == {bar["code"], kitchen["code"]}
    assert codes(ben) == [bar["code"]]
    assert kitchen["code"] not in ben.text
    assert "Kitchen" not in ben.text
    assert set(data(ben)["positions"]) == {f"location:{cast.bar}"}  # type: ignore[call-overload]
    assert "Bar South · Block C" in ben.text


@pytest.mark.parametrize("asked", ["0", "-1", "every", "9" * 10, "1;2"])
def test_a_location_that_is_none_answers_like_a_foreign_one(
    visit: Visit, cast: Cast, asked: str
) -> None:
    foreign = visit(f"/board?location={cast.island}")

    page = visit(f"/board?location={asked}")

    assert (page.status_code, foreign.status_code) == (404, 404)
    assert page.text == foreign.text


def test_a_customer_and_words_narrow_what_is_printed(visit: Visit, do: Do, cast: Cast) -> None:
    tom = {"name": "Tom & Co", "email": "tom@guests.example"}
    order = placed(do, cast, customer=tom)
    placed(do, cast)

    page = visit(f"/board?location={cast.bar}&customer=tom%40guests.example")

    assert codes(page) == [order["code"]]
    assert re.search(r'class="whose__name" dir="auto">Tom &amp; Co<', page.text)
    assert codes(visit(f"/board?location={cast.bar}&q={order['id']}")) == [order["code"]]
