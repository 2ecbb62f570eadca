"""The whole description, tried by machine: no fault of ours, no answer that is not described."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from server.routes import api
from tests.belongings import belongings
from tests.callers import Caller
from tests.cast import Cast
from tests.hands import Do
from tests.pairing import paired, people_and_tablets

SEED: Final = 20261122
FEWEST: Final = 50
EDGES: Final = {"sqlite": 200, "postgresql": 20}
GUESSES: Final = {"sqlite": 24, "postgresql": 5}
MODES: Final = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]

load_all_checks()
PROMISES: list[Any] = [
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    )
]
DESCRIBED = schemathesis.openapi.from_dict(api.spec())
FOUND: list[Any] = [*DESCRIBED.get_all_operations()]
OPERATIONS = [found.ok() for found in FOUND]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("backend", EDGES)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_whatever_is_sent_the_answer_is_described(
    shop: Caller, do: Do, cast: Cast, operation: Any, backend: str
) -> None:
    print(f"seed {SEED}")  # noqa: T201  # shown when it fails
    there = belongings(shop, cast.bar) | people_and_tablets(do, cast)
    caller = asker(operation.path, shop, do, cast)
    sent = 0

    def send(case: Case[Any], known: bool) -> None:
        nonlocal sent
        sent += 1
        if known:
            aim(case, there)
        answer = case.call(headers=dict(caller.headers), app=shop.client.app)
        case.validate_response(answer, checks=PROMISES)

    for number, case in enumerate(islice(edges(operation), EDGES[backend])):
        send(case, number % 2 == 1)
    for mode in MODES:
        guess = given(operation.as_strategy(mode), st.booleans())
        bounds = settings(
            max_examples=GUESSES[backend],
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        seed(SEED)(bounds(guess(send)))()

    assert sent >= FEWEST or backend != "sqlite"


def asker(path: str, shop: Caller, do: Do, cast: Cast) -> Caller:
    """Somebody who may: some things take a person, and some a paired tablet."""
    if path.startswith("/devices/self"):
        return Caller.with_key(shop.client, paired(do, cast))
    if path.startswith(("/people", "/account", "/devices", "/pairings")):
        return Caller.signed_in(shop.client, do, "ana")
    return shop


def edges(operation: Any) -> Iterator[Case[Any]]:
    """The smallest, the largest, the missing, the doubled, one at a time."""
    config = DESCRIBED.config.generation_for(operation=operation)
    found: Iterator[Case[Any]] = DESCRIBED.iter_coverage_cases(
        operation, generation_modes=MODES, generation_config=config
    )
    return found


def aim(case: Case[Any], there: Mapping[str, str]) -> None:
    """Ask about something that is there, or nearly all answers would be 404."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = there[name]
    if isinstance(case.body, dict) and "location" in case.body:
        case.body["location"] = int(there["location"])
