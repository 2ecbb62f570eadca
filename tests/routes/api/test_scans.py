"""What a scan is answered; it never changes anything."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from server.orders.links import Purpose
from server.orders.stages import Flow
from server.people.actors import Right
from tests.callers import Caller
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import Card, brought, move, placed
from tests.scene import everything
from tests.tickets import LINKS, link

UNKNOWN = {"verdict": "unknown", "order": None, "place": None}


@pytest.fixture
def ana(client: TestClient, do: Do) -> Caller:
    """Somebody who works everywhere at Harbour."""
    return Caller.signed_in(client, do, "ana")


def scanned(caller: Caller, text: str, location: int) -> dict[str, Any]:
    """What the caller is told, who stands at that location."""
    answer = caller.post("/scans", {"text": text, "location": location})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def code(look: Look, card: Card) -> str:
    """What the order's QR code says."""
    return LINKS.scan(link(look, card), card["code"])


def test_an_open_order_of_this_place_may_be_handed_out(
    ana: Caller, do: Do, look: Look, cast: Cast
) -> None:
    card = placed(do, cast)

    told = scanned(ana, code(look, card), cast.bar)

    assert (told["verdict"], told["order"]["code"]) == ("here", card["code"])
    assert told["order"] == {k: v for k, v in ana.card(card["id"]).items() if k != "history"}
    assert told["place"] == {"id": cast.bar, "name": "Bar South"}


def test_an_ended_order_says_who_ended_it_and_when(
    ana: Caller, do: Do, look: Look, cast: Cast
) -> None:
    card = brought(do, cast, Flow.ONSITE, "pending ready fulfilled")

    told = scanned(ana, code(look, card), cast.bar)

    assert (told["verdict"], told["order"]["label"]) == ("ended", "Fulfilled")
    assert told["order"]["moved"]["by"] == "Ana"


def test_an_order_of_another_place_says_which(ana: Caller, do: Do, look: Look, cast: Cast) -> None:
    card = placed(do, cast, cast.kitchen)

    told = scanned(ana, code(look, card), cast.bar)

    assert (told["verdict"], told["place"]["name"]) == ("elsewhere", "Kitchen")


@pytest.mark.parametrize("spelled", ["{}", " {} ", "#{}"])
@pytest.mark.parametrize("lower", [False, True])
def test_a_typed_code_is_as_good(
    ana: Caller, do: Do, cast: Cast, spelled: str, lower: bool
) -> None:
    card = placed(do, cast)
    typed = spelled.format(card["code"].lower() if lower else card["code"])

    assert scanned(ana, typed, cast.bar)["order"]["id"] == card["id"]


@pytest.mark.parametrize(
    "text",
    [
        "ZZZ9",
        "hello",
        "http://heard.example/q/",
        "https://evil.example/q/x.y",
        "💥",
        "' OR 1=1",
        "é",
    ],
)
def test_what_cannot_be_read_is_unknown(ana: Caller, cast: Cast, text: str) -> None:
    assert scanned(ana, text, cast.bar) == UNKNOWN


def test_foreign_answers_like_absent(client: TestClient, do: Do, look: Look, cast: Cast) -> None:
    card = placed(do, cast, cast.kitchen)
    ben, cora = (Caller.signed_in(client, do, name) for name in ("ben", "cora"))
    at_kitchen = Caller.limited(client, do, cast.harbour, at=(cast.bar,))

    for caller, place in ((ben, cast.bar), (cora, cast.island), (at_kitchen, cast.bar)):
        answers = [
            caller.post("/scans", {"text": text, "location": place})
            for text in (code(look, card), card["code"], "ZZZ9", "unreadable?")
        ]
        assert {answer.content for answer in answers} == {answers[-1].content}
        assert answers[0].json() == UNKNOWN


@pytest.mark.parametrize("text", ["http://heard.example/o/{}", "{}"])
def test_the_customers_own_link_is_no_code(
    ana: Caller, do: Do, look: Look, cast: Cast, text: str
) -> None:
    token = LINKS.token(Purpose.PAGE, link(look, placed(do, cast)))

    assert scanned(ana, text.format(token), cast.bar) == UNKNOWN


def test_a_place_that_one_does_not_see_is_none(client: TestClient, do: Do, cast: Cast) -> None:
    ben = Caller.signed_in(client, do, "ben")

    for place in (cast.kitchen, cast.island, 999_999):
        answer = ben.post("/scans", {"text": "K724", "location": place})
        assert answer.status_code == 422
        assert answer.json()["detail"] == f"There is no location {place}."


def test_scanning_changes_nothing(ana: Caller, do: Do, look: Look, cast: Cast) -> None:
    texts = [code(look, placed(do, cast)), placed(do, cast)["code"], "unreadable"]
    before = look(everything)

    for text in texts:
        scanned(ana, text, cast.bar)

    assert look(everything) == before


def test_the_code_of_an_order_is_drawn_for_those_who_see_it(
    ana: Caller, client: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    card = placed(do, cast)
    reader = Caller.limited(client, do, cast.harbour, Right.ORDERS_READ)

    for caller in (ana, reader):
        told = caller.get(f"/orders/{card['code']}/qr").json()
        assert told["text"] == code(look, card)
        assert told["page"] == LINKS.page(link(look, card))
        assert told["svg"].startswith("<svg ")
        assert "style" not in told["svg"]


def test_the_code_stays_the_same_on_the_way(ana: Caller, do: Do, cast: Cast) -> None:
    card = placed(do, cast)
    before = ana.get(f"/orders/{card['id']}/qr").content

    move(do, card, "ready", cast.ana)

    assert ana.get(f"/orders/{card['id']}/qr").content == before
