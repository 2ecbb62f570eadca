"""Finding orders by words and telephone numbers."""

import unicodedata
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.orders import boards, search
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import placed

CUSTOMER = {
    "name": "Åsa Müller-Straße",
    "email": "Asa.Mueller@guests.example",
    "phone": "+358401234567",
}


def finds(look: Look, cast: Cast, q: str) -> bool:
    return bool(look(boards.orders, boards.Filters(q=q), by=cast.ana).orders)


@pytest.mark.parametrize(
    "q",
    [
        "åsa",
        "asa",
        "ASA",
        "Mull",
        "müller",
        "strasse",
        "STRASSE müll",
        "mueller",
        "asa.mueller@guests.example",
        "guests",
        "block",
        "c",
        "  block   c ",
        "4567",
        "34567",
        "401234567",
        "+358 40 123 4567",
        "123-4567",
        "asa 4567",
        "block c åsa straße guests",
    ],
)
def test_an_order_is_found_by_the_start_of_its_words(
    do: Do, look: Look, cast: Cast, q: str
) -> None:
    placed(do, cast, customer=CUSTOMER)

    assert finds(look, cast, q)


@pytest.mark.parametrize(
    "q",
    ["sa", "uller", "567", "1234", "maria", "asa maria", "44567", "burger", "!", "%", "_", "%sa"],
)
def test_an_order_is_not_found_by_anything_else(do: Do, look: Look, cast: Cast, q: str) -> None:
    placed(do, cast, customer=CUSTOMER)

    assert not finds(look, cast, q)


def test_an_order_is_found_by_the_start_of_its_code(do: Do, look: Look, cast: Cast) -> None:
    code = placed(do, cast)["code"]

    assert finds(look, cast, code.lower())
    assert finds(look, cast, code[:3])
    assert not finds(look, cast, code[1:] + "9")


def test_digits_may_be_a_word_as_well_as_the_end_of_a_number(
    do: Do, look: Look, cast: Cast
) -> None:
    gate = placed(do, cast, destination="Gate 20567", customer={})
    phone = placed(do, cast, customer={"phone": "+358401220567"})

    def found(q: str) -> set[str]:
        page = look(boards.orders, boards.Filters(q=q), by=cast.ana)
        return {orjson.loads(card)["id"] for card in page.orders}

    assert found("20567") == {gate["id"], phone["id"]}
    assert found("gate 20567") == {gate["id"]}
    assert found("12 20567") == {phone["id"]}


def test_a_search_for_nothing_is_no_search(do: Do, look: Look, cast: Cast) -> None:
    placed(do, cast)

    assert finds(look, cast, "")


def test_an_order_without_words_is_found_by_its_code_only(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast, customer={}, destination=None)

    assert finds(look, cast, order["code"])
    assert not finds(look, cast, "none")


@pytest.mark.parametrize("text", ["word " * 200, "w" * 3000, "\x00", "\ud800", "'; --", "\\", "🍔"])
def test_strange_questions_are_answered(look: Look, cast: Cast, text: str) -> None:
    assert not finds(look, cast, text)


@given(st.text(max_size=60))
@example("ℌ")
@example("İ")
@example("ǅ")
def test_folding_is_done_once_and_for_all(text: str) -> None:
    folded = search.folded(text)

    assert search.folded(folded) == folded
    assert search.folded(text.upper()) == search.folded(text.upper().lower())
    assert not any(map(unicodedata.combining, folded))


@given(st.text(min_size=1, max_size=30), st.data())
def test_every_prefix_of_a_word_lies_between_the_bounds_asked_for(text: str, data: Any) -> None:
    for word in search.words(text):
        prefix = word[: data.draw(st.integers(1, len(word)))]
        raw = [
            part.encode("utf-8", "surrogatepass") for part in (prefix, word, prefix + search.LAST)
        ]
        assert raw == sorted(raw)


def test_many_words_are_kept_within_bounds() -> None:
    words = search.words("x" * 100 + " y" * 100)

    assert len(words[0]) == search.LETTERS_KEPT


def test_an_order_is_found_by_its_whole_id(do: Do, look: Look, cast: Cast) -> None:
    order = placed(do, cast)
    placed(do, cast)

    found = look(boards.orders, boards.Filters(q=order["id"].upper()), by=cast.ana).orders

    assert [orjson.loads(card)["id"] for card in found] == [order["id"]]
    assert not look(boards.orders, boards.Filters(q=order["id"]), by=cast.cora).orders
