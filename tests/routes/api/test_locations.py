"""Locations: which there are, their boards, and how busy they are."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from server.clock import now
from server.people.actors import Right
from server.places import locations
from tests.callers import Caller
from tests.cast import Cast
from tests.hands import Do, Look


def test_everybody_sees_the_places_they_work_at(
    client: TestClient, do: Do, shop: Caller, cast: Cast
) -> None:
    ben, cora = (Caller.signed_in(client, do, name) for name in ("ben", "cora"))

    seen = [
        {place["id"] for place in caller.get("/locations").json()["locations"]}
        for caller in (shop, ben, cora)
    ]

    assert seen == [set(cast.places.values()), {cast.bar}, {cast.island}]


def test_a_place(shop: Caller, look: Look, cast: Cast) -> None:
    bar = next(p for p in shop.get("/locations").json()["locations"] if p["id"] == cast.bar)

    assert bar == look(locations.location, cast.bar, by=cast.dan)


def test_a_board_is_what_is_there_and_where_it_stands(shop: Caller, cast: Cast) -> None:
    first, second = shop.place(cast.bar), shop.place(cast.bar)
    shop.place(cast.kitchen)
    ready = shop.post(f"/orders/{first['code']}/ready").json()

    board = shop.get(f"/locations/{cast.bar}/board")

    shown = board.json()
    assert (shown["offset"], shown["counts"]) == (3, {"pending": 1, "ready": 1})
    assert shown["orders"] == [ready, second]
    assert board.headers["etag"] == f'"{shown["epoch"]}:3"'


def test_an_unchanged_board_is_not_sent_again(shop: Caller, cast: Cast) -> None:
    path = f"/locations/{cast.bar}/board"
    shop.place(cast.bar)
    tag = shop.get(path).headers["etag"]

    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = shop.get(path, if_none_match=known)

        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
        assert "content-type" not in answer.headers


@pytest.mark.parametrize("known", ['"x:0"', "nonsense", "", '"'])
def test_a_board_that_the_caller_does_not_have_is_sent(
    shop: Caller, cast: Cast, known: str
) -> None:
    assert shop.get(f"/locations/{cast.bar}/board", if_none_match=known).status_code == 200


def test_every_change_makes_another_board(shop: Caller, cast: Cast) -> None:
    path = f"/locations/{cast.bar}/board"
    tags = [shop.get(path).headers["etag"]]
    code = shop.place(cast.bar)["code"]
    for change in (
        ("POST", f"/orders/{code}/ready", {}),
        ("PATCH", f"/orders/{code}", {"instructions": "Hot"}),
        ("PUT", f"/locations/{cast.bar}/status", {"state": "busy", "minutes": 1}),
    ):
        shop(*change)
        tags.append(shop.get(path).headers["etag"])

    assert len(set(tags)) == len(tags)


def test_an_unchanged_board_is_never_built(
    shop: Caller, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/locations/{cast.bar}/board"
    tag = shop.get(path).headers["etag"]
    monkeypatch.delattr("server.orders.boards.snapshot")

    assert shop.get(path, if_none_match=tag).status_code == 304


def test_busy_until_then(shop: Caller, cast: Cast) -> None:
    until = (now() + timedelta(hours=1)).replace(microsecond=0)
    body = {"state": "paused", "reason": " Full ", "until": until.isoformat()}

    answer = shop.put(f"/locations/{cast.bar}/status", body)

    place = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (place["status"]["state"], place["status"]["reason"]) == ("paused", "Full")
    assert place["status"]["by"] == "Web shop"
    assert place["status"]["until"].endswith("+02:00")
    assert place in shop.get("/locations").json()["locations"]


def test_open_again(shop: Caller, cast: Cast) -> None:
    path = f"/locations/{cast.bar}/status"
    shop.put(path, {"state": "busy", "minutes": 5, "reason": "Queue"})

    answer = shop.put(path, {"state": "open"})

    assert answer.json()["status"] == {"state": "open", "reason": None, "by": None, "until": None}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "state"),
        ({"state": "closed"}, "state"),
        ({"state": "busy"}, "until"),
        ({"state": "busy", "minutes": 0}, "minutes"),
        ({"state": "busy", "minutes": "5"}, "minutes"),
        ({"state": "busy", "minutes": 10**9}, "minutes"),
        ({"state": "busy", "minutes": 5, "until": "2099-01-01T00:00:00Z"}, "minutes"),
        ({"state": "busy", "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"state": "busy", "until": "2099-01-01T00:00:00Z"}, "until"),
        ({"state": "busy", "minutes": 5, "reason": "x" * 201}, "reason"),
        ({"state": "open", "mood": "good"}, "mood"),
    ],
)
def test_a_status_that_does_not_fit_is_named(
    shop: Caller, cast: Cast, body: dict[str, object], field: str
) -> None:
    answer = shop.put(f"/locations/{cast.bar}/status", body)

    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize("place", ["0", "-1", "999999", "bar", "1.0", "9" * 30, "%31%00", "٧"])
def test_a_place_that_is_not_there(shop: Caller, place: str) -> None:
    answers = [
        shop.get(f"/locations/{place}/board"),
        shop.get(f"/locations/{place}/orders"),
        shop.put(f"/locations/{place}/status", {"state": "open"}),
    ]

    assert {(a.status_code, a.json()["detail"]) for a in answers} == {
        (404, "There is no such location.")
    }


def test_staff_may_see_but_not_close_their_place(client: TestClient, do: Do, cast: Cast) -> None:
    dan = Caller.signed_in(client, do, "dan")

    answer = dan.put(f"/locations/{cast.bar}/status", {"state": "open"})

    assert dan.get(f"/locations/{cast.bar}/board").status_code == 200
    assert answer.status_code == 403
    assert "manager" in answer.json()["detail"]


def test_a_board_takes_the_right_to_read_orders(client: TestClient, do: Do, cast: Cast) -> None:
    blind = Caller.limited(client, do, cast.harbour, Right.LOCATIONS_READ)

    assert blind.get("/locations").status_code == 200
    assert blind.get(f"/locations/{cast.bar}/board").status_code == 403
