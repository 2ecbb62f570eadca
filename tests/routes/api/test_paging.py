"""Going through a long list, page by page, while orders keep coming in."""

from urllib.parse import urlsplit

import orjson
import pytest
from sqlalchemy import insert
from sqlmodel import Session

from server.models import Order
from server.orders import intake
from server.orders.codes import new_id
from tests.callers import Caller
from tests.cast import Cast, wish
from tests.hands import Do

ORDERS = 500


@pytest.mark.parametrize(
    ("backend", "sort"),
    [("sqlite", "placed_at"), ("sqlite", "-placed_at"), ("postgresql", "-placed_at")],
)
def test_no_order_is_lost_or_told_twice(shop: Caller, do: Do, cast: Cast, sort: str) -> None:
    there = do(many, ORDERS, cast)
    told: list[tuple[str, str]] = []
    path: str | None = f"/orders?limit=70&sort={sort}"

    while path:
        page = shop.get(path)
        told += [(card["placed_at"], card["id"]) for card in page.json()["orders"]]
        do(intake.place, wish(cast.bar), by=cast.shop)
        path = following(page.headers.get("link"))
        assert (path is None) == (page.json()["next"] is None)

    ids = [order for _, order in told]
    assert len(ids) == len(set(ids))
    assert there <= set(ids)
    assert told == sorted(told, reverse=sort == "-placed_at")


def test_a_page_keeps_its_filters(shop: Caller, do: Do, cast: Cast) -> None:
    for place in (cast.bar, cast.kitchen) * 3:
        do(intake.place, wish(place), by=cast.shop)

    first = shop.get(f"/orders?location={cast.bar}&limit=2")
    second = shop.get(following(first.headers["link"]) or "")

    found = [*first.json()["orders"], *second.json()["orders"]]
    assert [card["location"] for card in found] == [cast.bar] * 3
    assert second.json()["next"] is None


def many(session: Session, number: int, cast: Cast) -> set[str]:
    """The ids of so many orders, all placed in the same millisecond."""
    card = orjson.loads(intake.place(session, wish(cast.bar), by=cast.shop).card)
    first = session.get_one(Order, card["id"]).model_dump()
    others = [new_id() for _ in range(number - 1)]
    rows = [
        {**first, "id": name, "code": f"P{n}", "card": first["card"].replace(first["id"], name)}
        for n, name in enumerate(others)
    ]
    session.execute(insert(Order), rows)
    return {first["id"], *others}


def following(link: str | None) -> str | None:
    """The address of the next page, as the caller asks for it."""
    if link is None:
        return None
    address, _, rel = link.partition("; ")
    assert rel == 'rel="next"'
    parts = urlsplit(address.strip("<>"))
    return parts.path.removeprefix("/api/v1") + "?" + parts.query
