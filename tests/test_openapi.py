"""The description of the HTTP API: valid, whole and true; tests/routes hold each answer to it."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from openapi_spec_validator import validate

from server import answers
from server.errors import Refused
from server.routes import api
from server.routes.api.bodies import read
from server.routes.api.examples import EXAMPLES, PROBLEMS
from server.routes.api.openapi import REF
from tests.contract import fits

SPEC = api.spec()
OPERATIONS = [
    pytest.param(described, id=f"{method} {path}")
    for path, methods in SPEC["paths"].items()
    for method, described in methods.items()
]


def within(part: Any) -> Iterator[dict[str, Any]]:
    """Every object in a description."""
    if isinstance(part, dict):
        yield part
    for inner in (
        part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    ):
        yield from within(inner)


def test_it_is_an_openapi_description() -> None:
    validate(SPEC)


def test_it_describes_every_operation_once() -> None:
    described = {
        (path, method.upper()) for path, methods in SPEC["paths"].items() for method in methods
    }
    names = [parameters.values[0]["operationId"] for parameters in OPERATIONS]  # type: ignore[index]

    assert described == {(line.path, line.method) for line in api.table}
    assert len(names) == len(set(names))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_says_what_it_does_and_what_it_takes(operation: dict[str, Any]) -> None:
    assert len(operation["summary"]) > 10
    assert "Takes the right `" in operation["description"]
    for parameter in operation["parameters"]:
        assert parameter["schema"], parameter["name"]
        assert parameter["description"], parameter["name"]


def test_every_reference_leads_somewhere_and_every_part_is_used() -> None:
    references = {part["$ref"] for part in within(SPEC) if "$ref" in part}
    parts = {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "responses")
        for name in SPEC["components"][kind]
    }

    assert references == parts


@pytest.mark.parametrize("model", EXAMPLES, ids=lambda model: model.__name__)
def test_every_example_fits(model: Any) -> None:
    for example in EXAMPLES[model]:
        fits(example, REF.format(model=model.__name__), "openapi")
        if model.__module__ == "server.orders.forms":
            read(orjson.dumps(example), model)


def test_every_form_and_answer_has_an_example() -> None:
    needed = {line.answer for line in api.table if line.answer}
    needed |= {line.asked for line in api.table if not line.reads}

    assert needed <= EXAMPLES.keys()


@pytest.mark.parametrize("kind", PROBLEMS, ids=lambda kind: kind.__name__)
def test_every_problem_has_an_example_that_fits(kind: type[Refused]) -> None:
    fits(PROBLEMS[kind], "#/components/schemas/Problem", "openapi")


def test_every_kind_of_refusal_is_described() -> None:
    assert answers.STATUS.keys() == PROBLEMS.keys()
