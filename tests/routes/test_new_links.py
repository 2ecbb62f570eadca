"""Asking for a new link: whoever asks learns nothing, whoever ordered gets a mail."""

import statistics
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from server.clock import now
from server.models import Attempt, Order
from server.orders.links import Purpose
from server.routes.screens import customer
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import placed
from tests.mailbag import mails
from tests.tickets import LINKS, link, revoked, set_

MARIA = "maria@guests.example"
SENTENCE = "If there is an order with this address, a mail with its link is on its way."


def ask(screens: TestClient, email: str, code: str = "", **headers: str) -> Any:
    """Ask for a new link, as the form does."""
    return screens.post("/o/new", data={"email": email, "code": code}, headers=headers)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers come as soon as they can; how long they take is another test's."""
    monkeypatch.setattr(customer, "ANSWER_SECONDS", 0.0)


@pytest.mark.usefixtures("quick")
def test_the_links_go_to_the_address_of_the_orders(
    screens: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    cards = [placed(do, cast), placed(do, cast), placed(do, cast, cast.kitchen)]
    placed(do, cast, customer={"name": "Max", "email": "max@guests.example"})

    assert SENTENCE in ask(screens, "Maria@guests.example").text

    at_bar, at_kitchen = mails(look)
    assert {at_bar.recipient, at_kitchen.recipient} == {MARIA}
    for card, mail in zip(cards, (at_bar, at_bar, at_kitchen), strict=True):
        assert f"{card['code']}: {LINKS.page(link(look, card))}" in mail.text
    assert at_bar.channel == f"location:{cast.bar}"


@pytest.mark.usefixtures("quick")
def test_a_code_narrows_it_to_one_order(
    screens: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    one, other = placed(do, cast), placed(do, cast)

    ask(screens, MARIA, f"#{one['code'].lower()} ")

    (mail,) = mails(look)
    assert one["code"] in mail.text
    assert other["code"] not in mail.text


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("max@guests.example", ""),
        (MARIA, "ZZZ9"),
        ("", ""),
        ("maria", ""),
        ("%", ""),
        ("a@b", "ORD"),
    ],
)
def test_whoever_has_no_order_is_told_the_same(
    screens: TestClient, do: Do, look: Look, cast: Cast, email: str, code: str
) -> None:
    card = placed(do, cast)

    known, unknown = ask(screens, MARIA, card["code"]), ask(screens, email, code)

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert known.headers.items() == unknown.headers.items()
    assert len(mails(look)) == 1


@pytest.mark.usefixtures("quick")
def test_links_that_are_over_are_not_sent(
    screens: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    card = placed(do, cast)
    do(set_, Order, card["id"], open=False, ended_at=now() - timedelta(days=31))

    assert SENTENCE in ask(screens, MARIA).text

    assert mails(look) == []


@pytest.mark.usefixtures("quick")
def test_a_new_link_opens_after_the_old_one_was_revoked(
    screens: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    card = placed(do, cast)
    revoked(do, card, link(look, card), Purpose.PAGE)

    ask(screens, MARIA)

    (mail,) = mails(look)
    address = next(word for word in mail.text.split() if "/o/" in word)
    assert screens.get(address).status_code == 200


@pytest.mark.usefixtures("quick")
def test_nobodys_mailbox_is_filled(screens: TestClient, do: Do, look: Look, cast: Cast) -> None:
    placed(do, cast)

    answers = [ask(screens, MARIA) for _ in range(8)]

    assert len({answer.content for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {200}
    assert len(mails(look)) == 3


@pytest.mark.usefixtures("quick")
def test_nobody_goes_through_a_list_of_addresses(
    screens: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    placed(do, cast)
    for number in range(20):
        ask(screens, f"guest{number}@guests.example")

    assert SENTENCE in ask(screens, MARIA).text

    assert mails(look) == []
    assert look(attempts) <= 42


@pytest.mark.usefixtures("quick")
def test_a_form_of_another_site_sends_nothing(
    screens: TestClient, do: Do, look: Look, cast: Cast
) -> None:
    placed(do, cast)

    assert SENTENCE in ask(screens, MARIA, **{"Sec-Fetch-Site": "cross-site"}).text

    assert mails(look) == []


def test_the_answer_takes_as_long_whatever_there_is(
    screens: TestClient, do: Do, cast: Cast
) -> None:
    for _ in range(5):
        placed(do, cast)
    spent: dict[str, list[float]] = {MARIA: [], "max@guests.example": []}

    for _ in range(3):
        for email, times in spent.items():
            began = time.monotonic()
            ask(screens, email)
            times.append(time.monotonic() - began)

    with_orders, without = (statistics.median(times) for times in spent.values())
    assert min(with_orders, without) >= customer.ANSWER_SECONDS
    assert abs(with_orders - without) < 0.1


def attempts(session: Session) -> int:
    """How many tries are written down."""
    return len(session.exec(select(Attempt)).all())
