"""The description of the HTTP API (OpenAPI 3.1), made from the table of operations."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from server import answers, errors
from server.errors import Refused
from server.perform import KEY_LIMIT
from server.routes.api.examples import EXAMPLES, PROBLEMS
from server.routes.api.operations import Operation
from server.routes.api.shapes import Problem

Json = dict[str, Any]

VERSION: Final = "1"
REF: Final = "#/components/schemas/{model}"
ABOUT: Final = """\
Place orders, follow and move them. Everything that a screen of Heard changes, it changes here.

Send `Authorization: Bearer <key>`. Errors are problems (RFC 9457) whose `detail` is a sentence for
whoever is at work, and whose `field` names what is wrong. Times are RFC 3339; money is whole minor
units. Send an `Idempotency-Key` with every change, and send it again with every retry.
"""
TAGS: Final = {
    "orders": "Orders: looking for them, placing them, correcting and moving them.",
    "issues": "Issues: what is wrong with orders, who has seen to it, and the pictures of it.",
    "locations": "Locations: which there are, their boards, and how busy they are.",
    "stations": "Stations: where at a location tickets are made.",
    "settings": "Settings: what belongs to the whole organization.",
    "exports": "Exports: files to take away.",
    "people": "People: who may come in, as what and where.",
    "account": "One's own account: the password, the PIN, and where one is signed in.",
    "devices": "Devices: paired tablets and displays, and who works at them.",
    "pairings": "Pairings: devices that ask to be let in.",
    "changes": "The change log of people, devices and settings.",
    "scans": "Scans: which order a QR code means.",
}
IN_PATH: Final[Mapping[str, Json]] = {
    "order": {
        "description": "The id of an order, or its code.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,40}$"},
        "example": "K724",
    },
    "issue": {
        "description": "The id of an issue.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,40}$"},
        "example": "iss_06f8mz6k7qv2d9t3w5x1y4b0c7",
    },
    "attachment": {
        "description": "The id of an attachment.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,40}$"},
        "example": "att_06f8mz6k7qv2d9t3w5x1y4b0c7",
    },
    "person": {
        "description": "The id of a person.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
        "example": 4,
    },
    "device": {
        "description": "The id of a device.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
        "example": 2,
    },
    "session": {
        "description": "The id of a session of one's own.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
        "example": 31,
    },
    "station": {
        "description": "The id of a station.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
        "example": 3,
    },
    "location": {
        "description": "The id of a location.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
        "example": 7,
    },
}
IF_MATCH: Final[Json] = {
    "name": "If-Match",
    "in": "header",
    "description": "The version that the order must still have; 412 if it has another.",
    "schema": {"type": "string", "pattern": '^"(0|[1-9][0-9]{0,17})"$'},
    "example": '"17"',
}
IF_NONE_MATCH: Final[Json] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of what you have; 304 if that is still what there is.",
    "schema": {"type": "string"},
    "example": '"k3f9:41"',
}
IDEMPOTENCY_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Makes a retry the same request, which gets the first answer (seven days).",
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LIMIT, "pattern": "^[ -~]+$"},
    "example": "0193f2a0-8f7e-7cc1-9d3e-5b1f0a6c2d4e",
}
HEADERS: Final[Mapping[str, Json]] = {
    "ETag": {"description": "The version of what is answered.", "schema": {"type": "string"}},
    "Link": {"description": "The next page, as rel=next.", "schema": {"type": "string"}},
    "Idempotent-Replay": {
        "description": "This is the answer that the key was given before.",
        "schema": {"const": "true"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}},
}
ALWAYS: Final = (errors.SignedOut, errors.Forbidden, errors.Invalid, errors.Unsaved)
WRITING: Final = (errors.Malformed, errors.TooLarge, errors.NotJson, errors.Busy, errors.KeyReused)
ADDRESSED: Final = (errors.NotFound,)
WAITING: Final = (409, 429, 503)
GUARDED: Final = (
    errors.Conflict,
    errors.NeedsPerson,
    errors.DependencyFailed,
    errors.Stale,
    errors.Overtaken,
    errors.Unseen,
)


def described(operations: Sequence[Operation[Any]]) -> Json:
    """The whole description."""
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = spelled_out(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Heard", "version": VERSION, "description": ABOUT},
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}, {"session": [], "csrf": []}],
        "tags": [{"name": name, "description": about} for name, about in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas(operations),
            "responses": problems(),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
                "session": {"type": "apiKey", "in": "cookie", "name": "sid"},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
            },
        },
    }


def spelled_out(operation: Operation[Any]) -> Json:
    """One operation."""
    words = inspect.getdoc(operation.handler) or ""
    summary, _, more = words.partition("\n\n")
    rights = " or ".join(f"`{right}`" for right in operation.rights)
    told = {
        "operationId": operation.handler.__name__,
        "tags": [operation.path.split("/")[1]],
        "summary": summary.rstrip("."),
        "description": f"{more}\n\nTakes the right {rights}.".strip(),
        "parameters": [*in_path(operation), *in_query(operation), *in_headers(operation)],
        "responses": responses(operation),
    }
    if not operation.reads:
        told["requestBody"] = request_body(operation)
    return told


def in_path(operation: Operation[Any]) -> list[Json]:
    """What the address holds."""
    return [
        {"name": name, "in": "path", "required": True, **about}
        for name, about in IN_PATH.items()
        if f"{{{name}}}" in operation.path
    ]


def in_query(operation: Operation[Any]) -> list[Json]:
    """What the query string may hold."""
    if not operation.reads:
        return []
    schema = operation.asked.model_json_schema(ref_template=REF)
    return [queried(name, dict(about)) for name, about in schema.get("properties", {}).items()]


def queried(name: str, about: Json) -> Json:
    """One query parameter. One that is left out is null; none can be sent as null."""
    description = about.pop("description", "")
    about.pop("title", None)
    kinds = [kind for kind in about.pop("anyOf", []) if kind != {"type": "null"}]
    if about.get("default", ...) is None:
        del about["default"]
    schema = {**about, **kinds[0]} if kinds else about
    return {"name": name, "in": "query", "description": description, "schema": schema}


def in_headers(operation: Operation[Any]) -> list[Json]:
    """Which headers mean something."""
    wanted = (
        (IF_MATCH, operation.guarded),
        (IF_NONE_MATCH, operation.cached),
        (IDEMPOTENCY_KEY, not operation.reads),
    )
    return [header for header, takes in wanted if takes]


def request_body(operation: Operation[Any]) -> Json:
    """What is sent; a form in which nothing is needed may be left out."""
    form = operation.asked
    needed = any(field.is_required() for field in form.model_fields.values())
    kind = "multipart/form-data" if operation.upload else "application/json"
    return {"required": needed, "content": {kind: content(form)}}


def responses(operation: Operation[Any]) -> Json:
    """Every answer that may come."""
    found = {str(200 + operation.creates): answered(operation)}
    if operation.creates:
        found["200"] = {
            **answered(operation),
            "description": "It was placed before: the first one.",
        }
    if operation.cached:
        found["304"] = {"description": "Nothing has changed.", "headers": {"ETag": HEADERS["ETag"]}}
    statuses = sorted({answers.STATUS[kind] for kind in refusals(operation)})
    return found | {
        str(status): {"$ref": f"#/components/responses/{status}"} for status in statuses
    }


def refusals(operation: Operation[Any]) -> Iterable[type[Refused]]:
    """Why it may be refused."""
    yield from ALWAYS
    yield from () if operation.reads else WRITING
    yield from (errors.NotFile,) if operation.upload else ()
    yield from (errors.TooMany,) if operation.limited else ()
    yield from ADDRESSED if "{" in operation.path else ()
    yield from GUARDED if operation.guarded else ()


def answered(operation: Operation[Any]) -> Json:
    """The answer when all went well."""
    shape = operation.answer
    members = shape.model_fields if shape else {}
    versioned = operation.cached or "version" in members
    carried = (
        ("ETag", versioned),
        ("Link", "next" in members and not versioned),
        ("Idempotent-Replay", not operation.reads),
    )
    headers = {name: HEADERS[name] for name, carries in carried if carries}
    told = {
        "description": (inspect.getdoc(shape) or "") if shape else "The file.",
        "content": {"application/json": content(shape)} if shape else files(operation),
    }
    return told | ({"headers": headers} if headers else {})


def files(operation: Operation[Any]) -> Json:
    """The kinds of files that may be answered."""
    return {kind: {"schema": {"type": "string", "format": "binary"}} for kind in operation.media}


def problems() -> Json:
    """Every refusal, by status."""
    statuses: dict[int, list[type[Refused]]] = {}
    for kind in PROBLEMS:
        statuses.setdefault(answers.STATUS[kind], []).append(kind)
    return {str(status): problem(status, kinds) for status, kinds in sorted(statuses.items())}


def problem(status: int, kinds: Sequence[type[Refused]]) -> Json:
    """The refusals of one status."""
    examples = {kind.type: {"summary": kind.title, "value": PROBLEMS[kind]} for kind in kinds}
    schema = {"$ref": REF.format(model=Problem.__name__)}
    carried = ("Idempotent-Replay", *(("Retry-After",) if status in WAITING else ()))
    return {
        "description": "; ".join(kind.title for kind in kinds) + ".",
        "headers": {name: HEADERS[name] for name in carried},
        "content": {"application/problem+json": {"schema": schema, "examples": examples}},
    }


def content(model: type[BaseModel]) -> Json:
    """The schema of a model, by name."""
    return {"schema": {"$ref": REF.format(model=model.__name__)}}


def schemas(operations: Sequence[Operation[Any]]) -> Json:
    """Every type that the operations speak of, with examples."""
    forms = {operation.asked: None for operation in operations if not operation.reads}
    shapes = {operation.answer: None for operation in operations if operation.answer}
    models: dict[type[BaseModel], None] = {**forms, **shapes, Problem: None}
    _, found = models_json_schema([(model, "validation") for model in models], ref_template=REF)
    named: Json = found["$defs"]
    for model, examples in EXAMPLES.items():
        named[model.__name__]["examples"] = examples
    return named
