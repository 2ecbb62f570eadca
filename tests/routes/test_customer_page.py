"""The customer's own page: it needs no script, and shows nothing that is not theirs."""

import pytest
from starlette.testclient import TestClient

from server.orders import lifecycle
from server.orders.forms import MoveForm
from server.orders.stages import PLANS, Flow
from server.routes.words import WORDS
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import WAYS, Card, brought, move, placed
from tests.tickets import LINKS, link, token

MARIA = "maria@guests.example"
SENTENCE = "If there is an order with this address, a mail with its link is on its way."


def page(screens: TestClient, look: Look, card: Card, part: str = "") -> str:
    """The page of an order."""
    answer = screens.get(f"/o/{token(look, card)}{part}")
    assert answer.status_code == 200
    text: str = answer.text
    return text


def test_it_says_where_the_order_is_and_what_is_in_it(
    screens: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    card = placed(do, cast)

    shown = page(screens, look, card)

    assert f"<title>Pending · {card['code']}</title>" in shown
    assert "Bar South has your order and is making it." in shown
    assert 'aria-current="step"' in shown
    for words in (card["code"], "Burger", "No onions", "€17.00", "€20.50", "Block C", "Maria K."):
        assert words in shown
    assert LINKS.scan(link(look, card), card["code"]) not in shown  # it is drawn, not written
    assert 'class="qr"' in shown


@pytest.mark.parametrize(
    ("flow", "way"), [(flow, way) for flow, ways in WAYS.items() for way in ways]
)
def test_every_stage_has_words_for_customers(
    screens: TestClient, do: Do, look: Look, cast: Cast, flow: Flow, way: str
) -> None:
    card = brought(do, cast, flow, way)

    shown = page(screens, look, card)

    assert card["label"] in shown
    assert shown.count('aria-current="step"') == 1


def test_no_stage_is_without_a_sentence() -> None:
    known = WORDS["buyer"]["sentences"]

    for flow, plan in PLANS.items():
        for stage in plan.stages:
            assert f"{flow}.{stage}" in known or stage in known


def test_nothing_of_the_staff_is_on_it(screens: TestClient, do: Do, look: Look, cast: Cast) -> None:
    card = move(do, placed(do, cast), "ready", cast.ana)
    form = MoveForm(reason="out_of_stock", message="Sorry, ask ben@harbour.example or 040 123 4567")
    do(lifecycle.advance, card["id"], "cancelled", form, by=cast.ana, match=card["version"])

    shown = page(screens, look, card) + page(screens, look, card, "?part=order")

    assert "Sorry, ask •••" in shown
    for secret in ("Ana", MARIA, "+358", "ben@", "4567", "out_of_stock", "Out of stock"):
        assert secret not in shown


def test_only_what_changes_is_asked_for_and_only_when_it_has(
    screens: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    card = placed(do, cast)
    address = f"/o/{token(look, card)}?part=order"
    first = screens.get(address)
    etag = first.headers["etag"]

    same = screens.get(address, headers={"If-None-Match": etag})
    move(do, card, "ready", cast.ana)
    other = screens.get(address, headers={"If-None-Match": etag})

    assert f"data-tag={etag}" in page(screens, look, card).replace(other.headers["etag"], etag)
    assert (same.status_code, same.content) == (304, b"")
    assert (other.status_code, other.headers["cache-control"]) == (200, "no-store")
    assert "Collect it at Bar South" in other.text
    assert "<html" not in other.text


def test_the_code_is_a_picture_too(screens: TestClient, do: Do, look: Look, cast: Cast) -> None:
    card = placed(do, cast)

    answer = screens.get(f"/o/{token(look, card)}/qr.svg")

    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "style=" not in answer.text
