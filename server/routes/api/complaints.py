"""What is wrong with a request, in sentences that name the field: `lines.0.unit_price`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from server.errors import Invalid

Loc = Sequence[int | str]
Context = Mapping[str, Any]

TOLD: Final = 20
"""No more complaints than this about one request; whoever has so many needs the schema instead."""
LOOKED_AT: Final = 200
FIELD_LENGTH: Final = 120
A_TIME: Final = "must be a time with its offset, like 2026-11-22T21:05:00+02:00"
AN_OBJECT: Final = "must be an object"
A_NUMBER: Final = "must be a whole number"

WORDS: Final[Mapping[str, Callable[[Context], str]]] = {
    "missing": lambda _: "is missing",
    "extra_forbidden": lambda _: "is not known here",
    "string_type": lambda _: "must be a text",
    "list_type": lambda _: "must be a list",
    "model_type": lambda _: AN_OBJECT,
    "int_type": lambda _: A_NUMBER,
    "int_parsing": lambda _: A_NUMBER,
    "int_parsing_size": lambda _: "is too large",
    "greater_than_equal": lambda context: f"must be {context['ge']} or more",
    "less_than_equal": lambda context: f"must be {context['le']} or less",
    "string_too_long": lambda context: f"is longer than {context['max_length']} characters",
    "too_short": lambda context: f"needs at least {context['min_length']}",
    "too_long": lambda context: f"has more than {context['max_length']} entries",
    "string_pattern_mismatch": lambda context: f"does not look like {context['pattern']}",
    "enum": lambda context: f"must be one of {listed(context['expected'])}",
    "literal_error": lambda context: f"must be one of {listed(context['expected'])}",
    "timezone_aware": lambda _: A_TIME,
    "datetime_type": lambda _: A_TIME,
    "datetime_parsing": lambda _: A_TIME,
    "datetime_from_date_parsing": lambda _: A_TIME,
    "value_error": lambda context: str(context["error"]),
}


def invalid(error: ValidationError, data: Any) -> Invalid:
    """The refusal of a request that does not fit; the first complaint is its sentence."""
    told = complaints(error, data)
    fields = [{"field": field, "detail": detail} for field, detail in told.items()]
    first = fields[0]
    others = f" {len(fields) - 1} more of its fields are wrong." if len(fields) > 1 else ""
    return Invalid(first["detail"] + others, field=first["field"] or None, errors=fields[:TOLD])


def complaints(error: ValidationError, data: Any) -> dict[str, str]:
    """One sentence per field; where a value may have several shapes, the nearest one speaks."""
    found: dict[str, ErrorDetails] = {}
    for details in error.errors(include_url=False, include_input=False)[:LOOKED_AT]:
        field = path(details["loc"], data, details["type"])
        if field not in found or found[field]["type"] == "model_type":
            found[field] = details
    deepest = [f for f in found if not any(within(other, f) for other in found)]
    return {field: sentence(field, found[field]) for field in deepest}


def within(inner: str, outer: str) -> bool:
    """Whether a field lies inside another one."""
    return inner != outer and (not outer or inner.startswith(f"{outer}."))


def path(loc: Loc, data: Any, kind: str) -> str:
    """The place in the caller's own data; names of our types, which pydantic adds, are no steps."""
    return ".".join(steps(loc, data, kind))[:FIELD_LENGTH]


def steps(loc: Loc, data: Any, kind: str) -> Iterator[str]:
    """The parts of `loc` that lead somewhere."""
    for number, step in enumerate(loc, 1):
        if leads(step, data):
            data = data[step]
            yield str(step)
        elif kind == "missing" and number == len(loc):
            yield str(step)


def leads(step: int | str, data: Any) -> bool:
    """Whether there is something of that name in the data."""
    if isinstance(data, list):
        return isinstance(step, int) and step < len(data)
    return isinstance(data, dict) and step in data


def sentence(field: str, details: ErrorDetails) -> str:
    """The complaint about one field."""
    say = WORDS.get(details["type"])
    words = say(details.get("ctx", {})) if say else f"does not fit: {details['msg'].lower()}"
    return f"{field or 'The request'} {words}."


def listed(expected: str) -> str:
    """Pydantic's list of quoted values, without the quotes: open, busy or paused."""
    return expected.replace("'", "")
