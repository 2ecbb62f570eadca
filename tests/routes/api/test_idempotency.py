"""Idempotency-Key: a retry is the same request, and nobody else's."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from server.answers import Answer
from server.db import Database
from server.people.actors import Right
from server.perform import Once, keep
from server.statements import line
from tests.callers import Caller, order
from tests.cast import Cast
from tests.hands import Do

KEY = "0193f2a0-8f7e-7cc1-9d3e-5b1f0a6c2d4e"


def test_a_retry_gets_the_first_answer(shop: Caller, cast: Cast) -> None:
    first = shop.post("/orders", order(cast.bar), idempotency_key=KEY)
    again = shop.post("/orders", order(cast.bar), idempotency_key=KEY)

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotent-replay"] == "true"
    assert "idempotent-replay" not in first.headers
    assert shop.get("/orders/count").json()["active"] == 1


def test_a_refusal_is_remembered_too(shop: Caller, cast: Cast) -> None:
    path = f"/orders/{shop.place(cast.bar)['code']}"
    first = shop.post(f"{path}/undo", idempotency_key=KEY)
    shop.post(f"{path}/ready")

    again = shop.post(f"{path}/undo", idempotency_key=KEY)

    assert (first.status_code, again.status_code) == (409, 409)
    assert again.content == first.content
    assert again.headers["content-type"] == "application/problem+json"
    assert shop.get(path).json()["stage"] == "ready"


def test_it_holds_for_every_kind_of_change(shop: Caller, cast: Cast) -> None:
    path = f"/orders/{shop.place(cast.bar)['code']}"
    changes = [
        ("PATCH", path, {"instructions": "Hot"}),
        ("POST", f"{path}/ready", {}),
        ("PUT", f"/locations/{cast.bar}/status", {"state": "busy", "minutes": 5}),
    ]

    for number, change in enumerate(changes):
        first = shop(*change, idempotency_key=f"{KEY}-{number}")
        again = shop(*change, idempotency_key=f"{KEY}-{number}")

        assert again.content == first.content
        assert again.headers["idempotent-replay"] == "true"
    assert shop.get(path).json()["version"] == 3


@pytest.mark.parametrize("what", ["body", "path", "method"])
def test_a_key_is_for_one_request(shop: Caller, cast: Cast, what: str) -> None:
    path = f"/orders/{shop.place(cast.bar)['code']}"
    shop.post(f"{path}/ready", {}, idempotency_key=KEY)
    others = {
        "body": ("POST", f"{path}/ready", {"seen": 1}),
        "path": ("POST", f"{path}/complete", {}),
        "method": ("PATCH", path, {}),
    }

    answer = shop(*others[what], idempotency_key=KEY)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/key-reuse")
    assert answer.json()["field"] == "Idempotency-Key"
    assert shop.get(path).json()["stage"] == "ready"


def test_a_key_of_somebody_else_is_another_key(
    client: TestClient, do: Do, shop: Caller, cast: Cast
) -> None:
    others = [
        Caller.limited(client, do, cast.harbour),
        Caller.signed_in(client, do, "ana"),
        Caller.signed_in(client, do, "ben"),
    ]
    asked = order(cast.bar, customer={"name": "Maria"})
    first = shop.post("/orders", asked, idempotency_key=KEY)

    for other in others:
        own = other.post("/orders", asked, idempotency_key=KEY)

        assert (own.status_code, own.json()["code"] != first.json()["code"]) == (201, True)
    cora = Caller.signed_in(client, do, "cora")
    assert cora.post("/orders", asked, idempotency_key=KEY).status_code == 422


def test_a_person_keeps_their_keys_when_they_sign_in_again(
    client: TestClient, do: Do, cast: Cast
) -> None:
    first = Caller.signed_in(client, do, "ben").post(
        "/orders", order(cast.bar), idempotency_key=KEY
    )
    again = Caller.signed_in(client, do, "ben").post(
        "/orders", order(cast.bar), idempotency_key=KEY
    )

    assert again.content == first.content


def test_whoever_has_lost_the_right_is_not_shown_the_stored_answer(
    client: TestClient, do: Do, cast: Cast
) -> None:
    reader = Caller.limited(client, do, cast.harbour, Right.ORDERS_READ)

    assert reader.post("/orders", order(cast.bar), idempotency_key=KEY).status_code == 403


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "ä", "\x7f"])
def test_a_key_that_does_not_fit(shop: Caller, cast: Cast, key: str) -> None:
    answer = shop.post("/orders", order(cast.bar), idempotency_key=key)

    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")
    assert shop.get("/orders/count").json()["active"] == 0


@pytest.mark.parametrize("key", ["x", "x" * 200, "any plain text ~!"])
def test_a_key_that_fits(shop: Caller, cast: Cast, key: str) -> None:
    assert shop.post("/orders", order(cast.bar), idempotency_key=key).status_code == 201


@pytest.mark.parametrize("backend", ["postgresql"])
def test_while_another_process_is_at_it_a_retry_is_told_to_come_back(
    shop: Caller, cast: Cast, database: Database
) -> None:
    with Session(database.writer) as elsewhere:
        keep(elsewhere, Once(cast.shop.key, KEY, "the same request"), Answer(201, b"not yet"))
        line(elsewhere).run()

        answer = shop.post("/orders", order(cast.bar), idempotency_key=KEY)

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/in-progress")
    assert answer.headers["retry-after"] == "1"
    assert shop.post("/orders", order(cast.bar), idempotency_key=KEY).status_code == 201


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_sent_many_times_at_once_it_happens_once(shop: Caller, cast: Cast) -> None:
    asked = order(cast.bar)
    with ThreadPoolExecutor(8) as network:
        sent = [network.submit(shop.post, "/orders", asked, idempotency_key=KEY) for _ in range(8)]
        answers = [one.result() for one in sent]

    assert {(a.status_code, a.content) for a in answers} == {(201, answers[0].content)}
    assert sum("idempotent-replay" in a.headers for a in answers) == 7
    assert shop.get("/orders/count").json()["active"] == 1
