"""The export: what there is, once, however long it takes and whatever happens meanwhile."""

import csv
import io
from typing import Any

import pytest
from httpx2 import Response
from sqlmodel import select
from starlette.testclient import TestClient

from server import auth
from server.errors import SignedOut
from server.models import Change
from server.orders import export
from server.orders.boards import Filters
from server.people.actors import Right
from tests.callers import Caller
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import move, placed

PATH = "/exports/orders.csv"


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """What is read in batches is read on both databases."""
    return str(request.param)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few orders to a batch, so that a few orders are many batches."""
    monkeypatch.setattr(export, "BATCH", 3)


def rows(answer: Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_a_row_for_each_line_in_words(shop: Caller, cast: Cast) -> None:
    card = shop.place(
        cast.bar,
        customer={"name": "=Maria", "phone": "+358401234567"},
        lines=[
            {"name": "Burger", "quantity": 2, "unit_price": 850,
             "modifiers": [{"name": "No onions"}, {"name": "Cheese", "quantity": 2}]},
            {"name": "+Cola, cold", "quantity": 1, "unit_price": 350, "note": "a\nb"},
        ],
        payment={"method": "card", "state": "done"},
    )  # fmt: skip

    answer = shop.get(PATH)

    first, second = rows(answer)
    assert tuple(first) == export.HEAD
    assert (first["Code"], first["Location"], first["Stage"]) == (
        card["code"], "Bar South", "Pending")  # fmt: skip
    assert (first["Customer"], first["Phone"]) == ("'=Maria", "'+358401234567")
    assert (first["Line"], first["Item"], first["Quantity"]) == ("1", "Burger", "2")
    assert first["Wishes"] == "No onions; 2× Cheese"
    assert (first["Unit price"], first["Line total"]) == ("8.50", "17.00")
    assert (first["Total"], first["Paid"], first["Currency"]) == ("20.50", "20.50", "EUR")
    assert (second["Item"], second["Note"], second["Total"]) == ("'+Cola, cold", "a\nb", "")
    assert first["Placed at"] == card["placed_at"]
    assert first["Read at"] >= first["Placed at"]
    assert answer.headers["export-rows"] == "2"
    assert "attachment" in answer.headers["content-disposition"]


def test_every_order_that_was_there_is_in_it_once_while_others_come_and_move(
    do: Do, look: Look, cast: Cast
) -> None:
    before = [placed(do, cast) for _ in range(11)]
    found = look(export.scope, Filters(), by=cast.ana)
    read: list[export.Batch] = []

    while not read or read[-1].after:
        read.append(look(export.batch, found, read[-1].after if read else None, by=cast.ana))
        placed(do, cast)
        move(do, before[-len(read)], "fulfilled", cast.ana)

    codes = [row[export.HEAD.index("Code")] for batch in read for row in batch.rows]
    assert sorted(codes) == sorted(2 * [order["code"] for order in before])  # two lines each
    assert (found.orders, found.rows) == (11, 22)
    assert [len(batch.rows) for batch in read] == [6, 6, 6, 4]


def test_words_of_today_even_on_old_orders(shop: Caller, cast: Cast) -> None:
    shop.place(cast.bar)
    shop.patch("/settings", {"labels": {"onsite": {"pending": "Brand new"}}})

    assert [row["Stage"] for row in rows(shop.get(PATH))] == ["Brand new"]


def test_only_what_was_asked_for(shop: Caller, cast: Cast) -> None:
    at_bar, in_kitchen = shop.place(cast.bar), shop.place(cast.kitchen)

    def codes(query: str) -> set[str]:
        return {row["Code"] for row in rows(shop.get(PATH + query))}

    assert codes("") == {at_bar["code"], in_kitchen["code"]}
    assert codes(f"?location={cast.kitchen}") == codes("?flow=delivery") == {in_kitchen["code"]}
    assert codes("?placed_after=2099-01-01T00:00:00Z") == set()
    assert codes("?placed_before=2020-01-01T00:00:00Z") == set()


def test_own_locations_only(client: TestClient, do: Do, shop: Caller, cast: Cast) -> None:
    at_bar = shop.place(cast.bar)["code"]
    shop.place(cast.kitchen)
    ben, cora, dan = (Caller.signed_in(client, do, name) for name in ("ben", "cora", "dan"))

    assert [row["Code"] for row in rows(ben.get(PATH))] == [at_bar]
    assert rows(cora.get(PATH)) == []
    for stranger, place in ((ben, cast.kitchen), (cora, cast.bar), (ben, 424242)):
        refused = stranger.get(f"{PATH}?location={place}")
        assert (refused.status_code, refused.json()["field"]) == (422, "location")
        assert refused.json()["detail"] == f"There is no location {place}."
    assert dan.get(PATH).status_code == 403
    blind = Caller.limited(client, do, cast.harbour, Right.ORDERS_READ)
    assert blind.get(PATH).status_code == 403


def test_the_change_log_says_who_took_what(
    client: TestClient, do: Do, look: Look, shop: Caller, cast: Cast
) -> None:
    shop.place(cast.bar)
    Caller.signed_in(client, do, "ana").get(f"{PATH}?location={cast.bar}")

    [change] = look(lambda session: session.exec(select(Change)).all())
    assert (change.kind, change.subject, change.by_name) == (
        "orders.exported",
        "Orders of Bar South",
        "Ana",
    )
    assert change.detail == {"orders": "1", "rows": "1"}


def test_asking_how_much_takes_nothing(
    client: TestClient, look: Look, shop: Caller, cast: Cast
) -> None:
    shop.place(cast.bar)

    answer = shop("HEAD", PATH)

    assert (answer.status_code, answer.content, answer.headers["export-rows"]) == (200, b"", "1")
    assert look(lambda session: session.exec(select(Change)).all()) == []


def test_it_breaks_off_where_the_right_to_it_ends(
    client: TestClient, shop: Caller, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(7):
        shop.place(cast.bar)
    require, asked = auth.require, 0

    async def not_for_long(*given: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked > 3:
            raise SignedOut("Nobody is signed in any more.")
        return await require(*given)

    monkeypatch.setattr(auth, "require", not_for_long)

    with client.stream("GET", f"/api/v1{PATH}", headers=dict(shop.headers)) as answer:
        text = b"".join(answer.iter_raw()).decode("utf-8-sig")

    assert len(list(csv.DictReader(io.StringIO(text)))) == 6 < int(answer.headers["export-rows"])
