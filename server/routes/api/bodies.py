"""Reading what a request says: JSON bodies and query strings, bounded and checked, into forms."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.types import Message, Receive

from server.errors import Invalid, Malformed, NotJson, TooLarge
from server.routes.api.complaints import FIELD_LENGTH, invalid
from server.state import State

F = TypeVar("F", bound=BaseModel)

BODY_LIMIT: Final = 64 * 1024
NESTING_LIMIT: Final = 32


class Doubled(dict[str, Any]):
    """An object in which a member was given twice."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        [(self.member, _)] = Counter(name for name, _ in pairs).most_common(1)


def bounded(receive: Receive, limit: int) -> Receive:
    """The same, until more has been received than anybody may send."""
    taken = 0

    async def receive_within() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise too_large(limit)
        return message

    return receive_within


async def body(request: Request[State], form: type[F]) -> F:
    """The form that the request's body fills in; no body at all is an empty one."""
    check_length(request.headers.get("content-length", ""), BODY_LIMIT)
    raw = await request.body()
    check_type(request.headers.get("content-type"), empty=not raw)
    return read(raw or b"{}", form)


def query(request: Request[State], form: type[F]) -> F:
    """The form that the request's query string fills in."""
    values: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in values:
            raise Invalid(f"{shown(name)} is given twice.", field=shown(name))
        values[name] = value
    try:
        return form.model_validate_strings(values, strict=True)
    except ValidationError as error:
        raise invalid(error, values) from None


def check_length(announced: str, limit: int) -> None:
    """Refuse at once what is announced to be too large."""
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise too_large(limit)


def check_type(content_type: str | None, *, empty: bool) -> None:
    """Refuse anything that does not call itself JSON in UTF-8."""
    if content_type is None and empty:
        return
    kind, _, parameters = (content_type or "").casefold().partition(";")
    charset = parameters.partition("charset=")[2].strip(' "')
    if kind.strip() != "application/json" or charset not in ("", "utf-8"):
        raise NotJson("Send JSON, with Content-Type: application/json.", field="Content-Type")


def too_large(limit: int) -> TooLarge:
    """The refusal of more than anybody has to send."""
    shown = f"{limit // 1024} KiB" if limit < 1024**2 else f"{limit // 1024**2} MiB"
    return TooLarge(f"The request is larger than {shown}.")


def read(raw: bytes, form: type[F]) -> F:
    """The form that a JSON text fills in."""
    data = parsed(raw)
    try:
        return form.model_validate_json(raw, strict=True)
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid":
            raise unreadable(data) from None
        raise invalid(error, data) from None


def parsed(raw: bytes) -> Any:
    """The JSON as Python sees it; no member may be given twice, or one of them would be lost."""
    doubled: list[Doubled] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        whole = dict(pairs)
        if len(whole) == len(pairs):
            return whole
        doubled.append(Doubled(pairs))
        return doubled[-1]

    try:
        data = json.loads(raw.decode(), object_pairs_hook=members)
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not UTF-8: see byte {error.start}.") from None
    except (ValueError, RecursionError) as error:
        raise Malformed(f"The body is not JSON: {fault(error)}.") from None
    if doubled:
        raise twice(data)
    return data


def fault(error: ValueError | RecursionError) -> str:
    """What is wrong with a text that is no JSON."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno} column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else "a number is too long"


def twice(data: Any) -> Malformed:
    """The refusal of an object that says two things under one name."""
    for field, value in places(data):
        if isinstance(value, Doubled):
            where = inside(field, value.member)
            return Malformed(f"{where} is given twice.", field=where)
    return Malformed("Something in the request is given twice.")


def unreadable(data: Any) -> Malformed:
    """The refusal of JSON that our stricter reader does not take, with the place if it has one."""
    for field, value in places(data):
        if isinstance(value, str) and not encodable(value):
            return Malformed(
                f"{field or 'The text'} contains half a character.", field=field or None
            )
    return Malformed("The body is not JSON that we can read: it is nested too deeply.")


def places(data: Any, field: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every value and every name in the data, with its place, as deep as anybody has to go."""
    yield field, data
    if depth == NESTING_LIMIT:
        return
    if isinstance(data, dict):
        yield from ((inside(field, name), name) for name in data)
    for step, value in entries(data):
        yield from places(value, inside(field, step), depth + 1)


def entries(data: Any) -> Iterable[tuple[int | str, Any]]:
    """What an object or a list holds; nothing else holds anything."""
    if isinstance(data, list):
        return enumerate(data)
    return data.items() if isinstance(data, dict) else ()


def inside(field: str, step: str | int) -> str:
    """The name of a place inside a field."""
    return shown(f"{field}.{step}" if field else str(step))


def shown(name: str) -> str:
    """A caller's own name for something, fit to be told back to them."""
    return name[:FIELD_LENGTH].encode(errors="replace").decode()


def encodable(text: str) -> bool:
    """Whether a text can be written as UTF-8: half of a surrogate pair cannot."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
