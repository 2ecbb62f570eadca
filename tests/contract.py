"""Holds what Heard says against its own descriptions: answers by OpenAPI, frames by AsyncAPI."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import orjson
from httpx2 import Response
from jsonschema_rs import Draft202012Validator
from starlette.routing import compile_path

from server.routes import api

PREFIX: Final = "/api/v1"


def keeps_to_openapi(response: Response) -> Response:
    """The answer, if it is one that the description of its operation promises."""
    method, path = response.request.method.lower(), response.request.url.path
    answers = promised("get" if method == "head" else method, path)
    if answers is None:
        assert response.status_code in (404, 405), f"{method} {path} is not described"
        answers = {str(response.status_code): refusal(404)}
    assert str(response.status_code) in answers, f"{method} {path}: {response.status_code}"
    answer = resolved(answers[str(response.status_code)])
    for name in response.headers.keys() & {"etag", "link", "idempotent-replay"}:
        assert name in {header.lower() for header in answer.get("headers", {})}, name
    if method != "head":
        check_body(response, answer)
    return response


def check_body(response: Response, answer: Mapping[str, Any]) -> None:
    """The body is of the type and of the shape that the description names."""
    if "content" not in answer:
        assert response.content == b""
        return
    content = answer["content"][response.headers["content-type"]]
    if content["schema"].get("format") != "binary":
        fits(orjson.loads(response.content), content["schema"]["$ref"], "openapi")


def promised(method: str, path: str) -> Mapping[str, Any] | None:
    """The described answers of an operation."""
    for template, operations in api.spec()["paths"].items():
        pattern, _, _ = compile_path(PREFIX + template)
        if pattern.fullmatch(path):
            answers: Mapping[str, Any] | None = operations.get(method, {}).get("responses")
            return answers
    return None


def resolved(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer itself, where only its place is named."""
    named = answer.get("$ref", "").rpartition("/")[2]
    found: Mapping[str, Any] = refusal(int(named)) if named else answer
    return found


def refusal(status: int) -> Mapping[str, Any]:
    """The described problem of a status."""
    found: Mapping[str, Any] = api.spec()["components"]["responses"][str(status)]
    return found


def keeps_to_asyncapi(frame: str | bytes) -> dict[str, Any]:
    """The message in a live frame, if it is one that the description promises."""
    told: dict[str, Any] = orjson.loads(frame)
    kinds = {verbs[0]: name for name, verbs in told_by_server().items()}
    [name] = [kinds[member] for member in told if member in kinds]
    fits(told, f"#/components/schemas/{name}", "asyncapi")
    return told


@lru_cache(maxsize=1)
def told_by_server() -> dict[str, list[str]]:
    """The messages of the server, each with its members, its verb first."""
    spec = api.live_spec()
    names = [m["$ref"].rpartition("/")[2] for m in spec["operations"]["tell"]["messages"]]
    return {name: list(spec["components"]["schemas"][name]["properties"]) for name in names}


def fits(value: Any, ref: str, description: str) -> None:
    """The value is of the shape of that name; says where it is not."""
    wrong = validator(ref, description).iter_errors(value)
    told = [f"{'.'.join(map(str, error.instance_path))}: {error.message[:300]}" for error in wrong]
    assert not told, "\n".join(told)


@lru_cache(maxsize=64)
def validator(ref: str, description: str) -> Draft202012Validator:
    """The validator of one schema of a description."""
    spec = api.spec() if description == "openapi" else api.live_spec()
    schema = {"$ref": ref, "components": {"schemas": spec["components"]["schemas"]}}
    return Draft202012Validator(schema, validate_formats=True)
