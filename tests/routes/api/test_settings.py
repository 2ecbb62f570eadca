"""Settings, locations and stations over HTTP: versions, conflicts, refusals by the field."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.callers import Caller
from tests.cast import Cast
from tests.hands import Do

NEW = {"labels": {"onsite": {"pending": "New"}}}


@pytest.fixture
def ana(client: TestClient, do: Do) -> Caller:
    """Harbour's admin, in a browser."""
    return Caller.signed_in(client, do, "ana")


def test_the_settings_tell_every_stage_and_what_is_renamed(ana: Caller) -> None:
    answer = ana.get("/settings")

    told = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert (told["name"], told["currency"], told["renamed"]) == ("Harbour", "EUR", {})
    assert told["labels"]["onsite"]["pending"] == "Pending"
    assert set(told["labels"]) == {"onsite", "delivery", "tickets", "shipping", "marketplace"}


def test_a_rename_has_a_version_and_the_slower_one_is_told(ana: Caller) -> None:
    first = ana.patch("/settings", NEW, if_match='"1"')
    second = ana.patch("/settings", {"labels": {"onsite": {"pending": "Fresh"}}}, if_match='"1"')

    assert (first.status_code, first.headers["etag"]) == (200, '"2"')
    told = second.json()
    assert (second.status_code, told["type"]) == (412, "/problems/overtaken")
    assert told["settings"] == first.json()
    assert told["changed"]["by"] == "Ana"


def test_the_same_key_is_the_same_rename(ana: Caller) -> None:
    first = ana.patch("/settings", NEW, idempotency_key="k-1")
    ana.patch("/settings", {"labels": {"onsite": {"pending": ""}}})
    again = ana.patch("/settings", NEW, idempotency_key="k-1")

    assert again.headers["idempotent-replay"] == "true"
    assert again.json() == first.json()
    assert ana.get("/settings").json()["renamed"] == {}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"labels": {"onsite": {"pending": "N"}}}, "labels.onsite.pending"),
        ({"labels": {"onsite": {"pending": "x" * 15}}}, "labels.onsite.pending"),
        ({"labels": {"onsite": {"pending": "Ready"}}}, "labels.onsite.pending"),
        ({"labels": {"onsite": {"nowhere": "Here"}}}, "labels.onsite.nowhere"),
        ({"labels": {"nowhere": {}}}, "labels.nowhere"),
        ({"labels": {"onsite": {"pending": 5}}}, "labels.onsite.pending"),
        ({"timezone": "Moon/Base"}, "timezone"),
        ({"name": ""}, "name"),
        ({"currency": "USD"}, "currency"),
    ],
)
def test_what_does_not_fit_is_named(ana: Caller, body: dict[str, Any], field: str) -> None:
    answer = ana.patch("/settings", body)

    assert answer.status_code == 422
    assert answer.json()["field"].startswith(field)


def test_a_location_from_beginning_to_end(ana: Caller) -> None:
    made = ana.post("/locations", {"name": "Bar North", "kind": "bar", "flow": "onsite"})
    place = made.json()
    path = f"/locations/{place['id']}"
    assert (made.status_code, place["version"], place["status"]["state"]) == (201, 1, "open")
    assert ana.get(path).json() == place

    changed = ana.patch(path, {"prep_minutes": 3, "capacity": 50}, if_match='"1"')
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    late = ana.patch(path, {"prep_minutes": 4}, if_match='"1"')
    assert (late.status_code, late.json()["location"]) == (412, changed.json())
    assert ana.patch(path, {"capacity": None}).json()["capacity"] is None

    order = ana.place(place["id"])
    refused = ana.post(f"{path}/archive")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
    ana.post(f"/orders/{order['id']}/complete")
    assert ana.post(f"{path}/archive").json()["archived"] is True
    assert ana.post("/orders", {"location": place["id"], "lines": []}).status_code == 422
    listed = [one["id"] for one in ana.get("/locations").json()["locations"]]
    archived = [one["id"] for one in ana.get("/locations?archived=true").json()["locations"]]
    assert (place["id"] in listed, place["id"] in archived) == (False, True)
    assert ana.post(f"{path}/restore").json()["archived"] is False


def test_stations_over_http(ana: Caller, cast: Cast) -> None:
    path = f"/locations/{cast.bar}/stations"
    made = ana.post(path, {"name": "Fryer"}, if_match='"1"')
    station = made.json()
    assert (made.status_code, station["name"], station["version"]) == (201, "Fryer", 2)
    assert [one["name"] for one in ana.get(path).json()["stations"]].count("Fryer") == 1

    own = f"/stations/{station['id']}"
    assert ana.patch(own, {"name": "Wok"}).json()["name"] == "Wok"
    assert ana("DELETE", own, {}, None, if_match='"2"').status_code == 412
    assert ana("DELETE", own, {}).status_code == 200
    assert ana("DELETE", own, {}).status_code == 404


def test_who_may_not_is_told_who_may(client: TestClient, do: Do, cast: Cast) -> None:
    ben, dan = (Caller.signed_in(client, do, name) for name in ("ben", "dan"))

    assert ben.patch("/settings", NEW).status_code == 403
    assert ben.post("/locations", {"name": "X", "kind": "bar", "flow": "onsite"}).status_code == 403
    assert ben.patch(f"/locations/{cast.bar}", {"prep_minutes": 7}).status_code == 200
    assert ben.patch(f"/locations/{cast.kitchen}", {"prep_minutes": 7}).status_code == 404
    assert dan.patch(f"/locations/{cast.bar}", {"prep_minutes": 7}).status_code == 403
    assert "manager" in dan.patch(f"/locations/{cast.bar}", {}).json()["detail"]
    assert dan.get("/settings").status_code == 200
