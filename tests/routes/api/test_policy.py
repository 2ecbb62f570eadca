"""Who may do what: every route has a line, every line is kept, and what is foreign is not there."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from httpx2 import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from server.people.actors import EVERYTHING
from server.routes import api
from server.routes.api.examples import EXAMPLES
from server.routes.api.operations import Operation, Resource
from tests.belongings import ABSENT, BOUNDARY, PICTURE, belongings, form
from tests.callers import Caller
from tests.cast import Cast
from tests.hands import Do, Look
from tests.pairing import people_and_tablets
from tests.scene import everything


def lines(wanted: Callable[[Operation[Any]], bool] = lambda _: True) -> pytest.MarkDecorator:
    """Once for every line of the table that is wanted."""
    found = [
        pytest.param(line, id=f"{line.method} {line.path}") for line in api.table if wanted(line)
    ]
    return pytest.mark.parametrize("line", found)


def ask(caller: Caller, line: Operation[Any], **there: str) -> Response:
    """The answer to a request that a line of the table describes; what is not there is absent."""
    path = line.path.format_map({**ABSENT, **there})
    if line.upload:
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return caller(line.method, path, raw=form(PICTURE, "cup.png"), content_type=kind)
    return caller(line.method, path, None if line.reads else EXAMPLES[line.asked][-1])


def test_every_route_has_a_line() -> None:
    known = {(line.path, line.method) for line in api.table}

    assert len(known) == len(api.table)
    assert known == set(served())


def served() -> Iterator[tuple[str, str]]:
    """Every address and method that is served to those who may, and nothing else."""
    *known, last = api.routes
    for route in known:
        assert isinstance(route, Route)
        if isinstance(route.endpoint, Resource):
            yield from ((route.path, method) for method in route.endpoint.operations)
        else:
            assert route.path in api.PUBLIC
    assert last.path == "/{path:path}"


@lines()
def test_nobody_does_nothing(client: TestClient, cast: Cast, line: Operation[Any]) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer heard_wrong"},
        {"Authorization": "Bearer \x00"},
        {"Authorization": "Basic YTpi"},
        {"Cookie": "sid=wrong"},
    ):
        answer = ask(Caller(client, headers), line, location=str(cast.bar))

        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@lines()
def test_a_key_without_the_scope_is_told_so(
    client: TestClient, do: Do, shop: Caller, cast: Cast, line: Operation[Any]
) -> None:
    code = shop.place(cast.bar)["code"]
    lacking = EVERYTHING - set(line.rights)
    caller = Caller.limited(client, do, cast.harbour, *lacking)

    answer = ask(caller, line, order=code, location=str(cast.bar))

    assert answer.status_code == 403
    assert line.rights[0] in answer.json()["detail"]


@lines(lambda line: "{" in line.path)
def test_what_is_foreign_answers_like_what_is_absent(
    client: TestClient, do: Do, shop: Caller, cast: Cast, line: Operation[Any]
) -> None:
    there = belongings(shop, cast.kitchen) | people_and_tablets(do, cast)
    elsewhere = Caller.signed_in(client, do, "cora")
    other_place = Caller.limited(client, do, cast.harbour, at=(cast.bar,))
    if line.path.startswith(("/devices", "/account")):  # for people alone
        other_place = Caller.signed_in(client, do, "ben")
    if line.path.startswith("/people"):  # for admins alone, who work everywhere
        other_place = elsewhere

    for caller in (elsewhere, other_place):
        foreign = ask(caller, line, **there)
        absent = ask(caller, line)

        assert foreign.status_code == 404
        assert (foreign.status_code, foreign.content) == (absent.status_code, absent.content)
        assert foreign.headers.items() == absent.headers.items()


def test_lists_hold_nothing_foreign(client: TestClient, do: Do, shop: Caller, cast: Cast) -> None:
    code = shop.place(cast.kitchen, customer={"name": "Maria"})["code"]
    elsewhere = Caller.signed_in(client, do, "cora")
    other_place = Caller.signed_in(client, do, "ben")

    for caller in (elsewhere, other_place):
        for query in ("", f"?location={cast.kitchen}", "?q=maria", f"?q={code}", "?customer=Maria"):
            assert caller.get(f"/orders{query}").json()["orders"] == []
        assert caller.get(f"/orders/count?location={cast.kitchen}").json()["active"] == 0


@lines(lambda line: not line.reads)
@pytest.mark.parametrize(
    "changed",
    [
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "wrong"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://heard.example.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_strange_page_cannot_change_anything(
    client: TestClient, do: Do, cast: Cast, line: Operation[Any], changed: dict[str, str]
) -> None:
    ana = Caller.signed_in(client, do, "ana")
    strange = Caller(client, {**ana.headers, **changed})

    answer = ask(strange, line, location=str(cast.bar))

    assert answer.status_code == 403


def test_our_own_page_can(client: TestClient, do: Do, shop: Caller, cast: Cast) -> None:
    code = shop.place(cast.bar)["code"]
    ana = Caller.signed_in(client, do, "ana")
    page = {"Origin": "http://heard.example", "Sec-Fetch-Site": "same-origin"}

    answer = Caller(client, {**ana.headers, **page}).post(f"/orders/{code}/ready")

    assert (answer.status_code, answer.json()["moved"]["by"]) == (200, "Ana")


def test_reading_changes_nothing(shop: Caller, look: Look, cast: Cast) -> None:
    """But that the change log says who took orders away."""
    there = belongings(shop, cast.bar)
    before = look(everything)

    for line in api.table:
        if line.reads:
            ask(shop, line, **there)

    as_it_was, after = ({t.name: rows for t, rows in found} for found in (before, look(everything)))
    *others, last = after.pop("change")
    assert (others, last["kind"]) == (as_it_was.pop("change"), "orders.exported")
    assert after == as_it_was
