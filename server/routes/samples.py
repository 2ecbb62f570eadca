"""What the API pages show of a schema: its fields in a table, and a value that fits it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from markupsafe import Markup, escape

DEEPEST: Final = 8
TEXTS: Final = {
    "date-time": "2026-11-22T21:05:03.123+02:00",
    "email": "maria@example.org",
    "uri": "https://example.org",
    "binary": "(the file)",
}
CODE: Final = re.compile(r"`([^`]+)`")
Schema = Mapping[str, Any]
Spec = Mapping[str, Any]


def resolved(schema: Schema, spec: Spec) -> Schema:
    """The schema itself, where this one only points to it."""
    for _ in range(DEEPEST):
        if "$ref" not in schema:
            break
        found: Any = spec
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def example(schema: Schema, spec: Spec, depth: int = 0) -> Any:
    """A value that fits the schema, its own example where it has one."""
    whole = resolved(schema, spec)
    if examples := whole.get("examples"):
        return examples[0]
    for given in ("example", "const"):
        if given in whole:
            return whole[given]
    if choices := whole.get("enum"):
        return choices[0]
    if ways := whole.get("anyOf") or whole.get("oneOf") or whole.get("allOf"):
        return example(ways[0], spec, depth)
    return typed(whole, spec, depth)


def typed(schema: Schema, spec: Spec, depth: int) -> Any:
    """A value of the schema's type."""
    kind = schema.get("type")
    if kind == "array":
        return [example(schema["items"], spec, depth + 1)] if "items" in schema else []
    if kind == "string":
        return TEXTS.get(schema.get("format", ""), "text")
    plain = {"integer": schema.get("minimum", 1), "number": 1.5, "boolean": True, "null": None}
    if kind in plain:
        return plain[kind]
    members = schema.get("properties", {}) if depth < DEEPEST else {}
    return {name: example(part, spec, depth + 1) for name, part in members.items()}


def fields(schema: Schema, spec: Spec) -> Iterator[dict[str, Any]]:
    """The members of an object: name, kind, whether it must be there, what it says."""
    whole = resolved(schema, spec)
    needed = whole.get("required", ())
    for name, part in whole.get("properties", {}).items():
        yield {
            "name": name,
            "kind": kind(part, spec),
            "needed": name in needed,
            "words": part.get("description") or resolved(part, spec).get("description", ""),
        }


def kind(schema: Schema, spec: Spec) -> str:
    """The type in a word or two: text, whole number, list of Line."""
    if "$ref" in schema:
        whole = resolved(schema, spec)
        name = str(schema["$ref"].rpartition("/")[2])
        return " · ".join(map(str, whole["enum"])) if "enum" in whole else name
    if ways := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(kind(way, spec) for way in ways))
    if choices := schema.get("enum"):
        return " · ".join(map(str, choices))
    if schema.get("type") == "array":
        return f"list of {kind(schema['items'], spec)}" if "items" in schema else "list"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    named = schema.get("type", "object")
    return "time" if schema.get("format") == "date-time" else words.get(named, str(named))


def curl(method: str, path: str, operation: Mapping[str, Any], spec: Spec) -> str:
    """The call as somebody would type it."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter.get("example", 7)))
    lines = [
        f"curl -X {method.upper()} $HEARD{spec['servers'][0]['url']}{path}",
        '-H "Authorization: Bearer $KEY"',
    ]
    if "multipart/form-data" in resolved(operation.get("requestBody", {}), spec).get("content", {}):
        lines += ["-F 'file=@cup.jpg'"]
    elif body := sent(operation, spec):
        data = orjson.dumps(body, option=orjson.OPT_INDENT_2).decode().replace("'", "’")
        lines += ["-H 'Content-Type: application/json'", f"-d '{data}'"]
    return " \\\n  ".join(lines)


def sent(operation: Mapping[str, Any], spec: Spec) -> Any:
    """What the body of a call may look like."""
    return content(operation.get("requestBody", {}), spec)


def content(message: Mapping[str, Any], spec: Spec) -> Any:
    """What a request or an answer carries, by its own example or by its schema."""
    for media in resolved(message, spec).get("content", {}).values():
        for given in media.get("examples", {}).values():
            return given["value"]
        return media.get("example") or example(media.get("schema", {}), spec)
    return None


def prose(text: str) -> Markup:
    """Our descriptions as HTML: paragraphs, lists, and `code`."""
    blocks = [block.strip() for block in text.split("\n\n") if block.strip()]
    return Markup("").join(map(paragraph, blocks))


def paragraph(block: str) -> Markup:
    """A paragraph, or a list where each line begins with a dash."""
    lines = block.splitlines()
    if all(line.startswith("- ") for line in lines):
        items = [Markup("<li>{}</li>").format(coded(line[2:])) for line in lines]
        return Markup("<ul>{}</ul>").format(Markup("").join(items))
    return Markup("<p>{}</p>").format(coded(" ".join(lines)))


def coded(line: str) -> Markup:
    """A line in which `code` is marked as such; everything else is escaped."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(line))))  # noqa: S704  # escaped first
