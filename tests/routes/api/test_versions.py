"""If-Match: acting only on the version that was seen."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.callers import Caller
from tests.cast import Cast

CANCEL = {"reason": "other"}


@pytest.fixture
def path(shop: Caller, cast: Cast) -> str:
    """An order that stands at version 2."""
    path = f"/orders/{shop.place(cast.bar)['code']}"
    shop.patch(path, {"instructions": "Hot"})
    return path


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        ('"2"', 200),
        (' "2" ', 200),
        ('"1"', 412),
        ('"3"', 412),
        ('"0"', 412),
        ('"999999999999999999"', 412),
        ('"9999999999999999999"', 422),
        ('"02"', 422),
        ('"-2"', 422),
        ('""', 422),
        ("2", 422),
        ("*", 422),
        ('W/"2"', 422),
        ('"1", "2"', 422),
        ('"2"x', 422),
        ('"٢"', 422),
        ("", 422),
    ],
)
def test_the_version_that_is_named(shop: Caller, path: str, tag: str, status: int) -> None:
    answers = [
        shop.patch(path, {"instructions": "Cold"}, if_match=tag),
        shop.post(f"{path}/ready", if_match=tag),
        shop.post(f"{path}/cancel", CANCEL, if_match=tag),
        shop.post(f"{path}/undo", if_match=tag),
    ]

    if status == 422:
        assert {(a.status_code, a.json()["field"]) for a in answers} == {(422, "If-Match")}
    else:
        assert answers[0].status_code == status
    if status == 412:
        assert {a.status_code for a in answers} == {412}
        assert answers[0].json()["order"]["version"] == 2


def test_two_of_them_are_refused(shop: Caller, path: str) -> None:
    twice = [("If-Match", '"2"'), ("If-Match", '"2"'), *shop.headers.items()]

    answer = shop.client.post(f"/api/v1{path}/ready", headers=twice)

    assert (answer.status_code, answer.json()["field"]) == (422, "If-Match")


def test_whoever_is_late_is_shown_the_order_and_who_changed_it(shop: Caller, path: str) -> None:
    shop.post(f"{path}/ready")

    answer = shop.post(f"{path}/cancel", CANCEL, if_match='"2"')

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (412, "/problems/changed")
    assert (problem["order"]["stage"], problem["changed"]["by"]) == ("ready", "Web shop")
    assert "Web shop" in problem["detail"]


def test_a_late_move_to_where_it_is_already_is_no_conflict(shop: Caller, path: str) -> None:
    shop.post(f"{path}/ready")

    answer = shop.post(f"{path}/ready", if_match='"2"')

    assert (answer.status_code, answer.json()["noop"]) == (200, True)


@pytest.mark.parametrize("move", [{"to": "cancelled", **CANCEL}, {"to": "pending"}])
def test_cancelling_and_setting_back_take_a_version(
    shop: Caller, path: str, move: dict[str, str]
) -> None:
    shop.post(f"{path}/ready")

    unseen = shop.post(f"{path}/advance", move)
    seen = shop.post(f"{path}/advance", {**move, "seen": 3})

    assert (unseen.status_code, unseen.json()["type"]) == (428, "/problems/version-needed")
    assert seen.status_code == 200


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_of_many_who_saw_the_same_version_one_wins(shop: Caller, path: str) -> None:
    moves = ["ready", "complete"] * 4
    with ThreadPoolExecutor(len(moves)) as people:
        taps = [people.submit(shop.post, f"{path}/{move}", if_match='"2"') for move in moves]
        answers = [tap.result() for tap in taps]

    won = [a for a in answers if a.status_code == 200 and "noop" not in a.json()]
    assert len(won) == 1
    assert {a.status_code for a in answers} <= {200, 412}
    assert shop.get(path).json()["version"] == 3
