"""Refusals as answers: a status, a problem, and what the caller may do next."""

from typing import Any

import orjson
import pytest

from server import errors
from server.answers import PROBLEM, STATUS, Answer, encoded, problem
from server.errors import Refused


def children(kind: type[Refused]) -> list[type[Refused]]:
    found = kind.__subclasses__()
    return found + [grandchild for child in found for grandchild in children(child)]


def told(answer: Answer) -> dict[str, Any]:
    members: dict[str, Any] = orjson.loads(answer.body)
    return members


@pytest.mark.parametrize("kind", children(Refused))
def test_every_refusal_has_a_status_and_a_type_of_its_own(kind: type[Refused]) -> None:
    answer = problem(kind("A sentence a cook may read."))

    assert answer.content_type == PROBLEM
    assert told(answer) == {
        "type": f"/problems/{kind.type}",
        "title": kind.title,
        "status": STATUS[kind],
        "detail": "A sentence a cook may read.",
    }
    assert [other.type for other in children(Refused)].count(kind.type) == 1


def test_a_refusal_names_the_field_and_shows_the_order_as_it_is() -> None:
    card = b'{"id":"ord_1","version":3}'

    answer = problem(errors.Stale("It moved.", field="If-Match", order=card, changed=None))

    assert told(answer)["field"] == "If-Match"
    assert told(answer)["order"] == {"id": "ord_1", "version": 3}
    assert "changed" not in told(answer)


@pytest.mark.parametrize(
    ("refused", "headers"),
    [
        (errors.SignedOut("Who?"), {"WWW-Authenticate": "Bearer"}),
        (errors.Unsaved("Later."), {"Retry-After": "1"}),
        (errors.Busy("At it.", retry_after_seconds=1), {"Retry-After": "1"}),
        (errors.TooMany("Slow down.", retry_after_seconds=40), {"Retry-After": "40"}),
        (errors.Conflict("No."), {}),
        (errors.NotFound("None."), {}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_refusal_says_when_and_how_to_come_back(
    refused: Refused, headers: dict[str, str]
) -> None:
    assert problem(refused).headers == headers


def test_an_encoded_card_inside_an_answer_is_spliced_in() -> None:
    answer = encoded({"order": orjson.Fragment(b'{"id":"ord_1"}')}, 201, "4")

    assert answer == Answer(201, b'{"order":{"id":"ord_1"}}', "4")
