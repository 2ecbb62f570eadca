"""Search: beginnings of words, folded; ends of telephone numbers."""

import pytest

from tests.callers import Caller
from tests.cast import Cast


@pytest.fixture
def found(shop: Caller, cast: Cast) -> str:
    """The code of José's order, beside which there is another one."""
    shop.place(cast.bar, customer={"name": "Maria", "phone": "+358409998877"}, destination="Gate 9")
    customer = {
        "name": "José  Øster-Ångström",
        "email": "jose.o@Example.org",
        "phone": "+358 40 123 4567",
    }
    code: str = shop.place(cast.bar, customer=customer, destination="Café Zürich")["code"]
    return code


@pytest.mark.parametrize(
    "asked",
    [
        "jos",
        "JOSE",
        "josé",
        "ang",
        "ÅNGSTRÖM",
        "jose ang",
        "cafe",
        "zuri",
        "example",
        "4567",
        "234567",
        "+358401234567",
        "040 123 4567",
        "jose 4567",
    ],
)
def test_it_is_found(shop: Caller, found: str, asked: str) -> None:
    answer = shop.client.build_request("GET", "http://x/", params={"q": asked}).url.query.decode()

    listed = shop.get(f"/orders?{answer}").json()["orders"]

    assert [card["code"] for card in listed] == [found]


@pytest.mark.parametrize(
    "asked", ["ose", "josef", "567", "1234", "jose maria", "%", "_", "!!", "\U0010ffff"]
)
def test_it_is_not_found(shop: Caller, found: str, asked: str) -> None:
    query = shop.client.build_request("GET", "http://x/", params={"q": asked}).url.query.decode()

    assert found not in {card["code"] for card in shop.get(f"/orders?{query}").json()["orders"]}


def test_a_code_is_found_by_its_beginning(shop: Caller, found: str) -> None:
    listed = shop.get(f"/orders?q={found[:3].lower()}").json()["orders"]

    assert found in {card["code"] for card in listed}


def test_corrected_words_are_found_and_the_old_ones_are_not(shop: Caller, found: str) -> None:
    shop.patch(f"/orders/{found}", {"customer": {"name": "Wanda"}}, if_match='"1"')

    assert len(shop.get("/orders?q=wand").json()["orders"]) == 1
    assert shop.get("/orders?q=angs").json()["orders"] == []
