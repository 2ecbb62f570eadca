"""docs/protocol.md is true: its requests are sent, its answers compared, its messages checked."""

import json
import re
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from typing import Any, Final

import pytest

from server import answers
from server.orders.stages import SHORT, Flow, Short
from server.realtime import protocol
from server.realtime.protocol import Close
from server.routes.api.live_examples import SAID, TOLD
from tests.callers import Caller
from tests.cast import Cast
from tests.contract import PREFIX, keeps_to_asyncapi

PAGE: Final = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text()
BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
MESSAGES: Final = [text for kind, text in BLOCK.findall(PAGE) if kind == "json"]


def exchanges() -> Iterator[tuple[str, str]]:
    """The requests of the page, each with its answer."""
    blocks = [text for kind, text in BLOCK.findall(PAGE) if kind == "http"]
    return zip(blocks[::2], blocks[1::2], strict=True)


def split(message: str) -> tuple[list[str], dict[str, str], str]:
    """First line, headers and body of a message."""
    head, _, body = message.partition("\n\n")
    first, _, headers = head.strip().partition("\n")
    return first.split(), dict(HeaderParser().parsestr(headers).items()), body.strip()


def test_every_request_is_answered_as_the_page_says(shop: Caller, cast: Cast) -> None:
    assert cast.bar == 1, "the page says location 1"
    names = {"$KEY": cast.shop_token}

    for request, answer in exchanges():
        (method, path), headers, body = split(filled_in(request, names))
        got = Caller(shop.client)(
            method, path.removeprefix(PREFIX), None, body.encode() or None, **headers
        )

        (_, status), told, expected = split(answer)
        assert got.status_code == int(status), f"{request}\n{got.text}"
        compare(json.loads(expected or "null"), got.json() if expected else None, names)
        for name, value in told.items():
            assert got.headers[name] == filled_in(value, names)


def filled_in(text: str, names: dict[str, str]) -> str:
    """The text with what is known by now in place of its $NAMES."""
    for name, value in names.items():
        text = text.replace(name, value)
    assert "$" not in text
    return text


def compare(expected: Any, got: Any, names: dict[str, str]) -> None:
    """All that the page shows is there; a $NAME stands for what it was the first time."""
    if isinstance(expected, dict):
        for member, value in expected.items():
            compare(value, got[member], names)
    elif isinstance(expected, list):
        for value, other in zip(expected, got, strict=True):
            compare(value, other, names)
    elif isinstance(expected, str) and expected.startswith("$"):
        assert names.setdefault(expected, got) == got
    else:
        assert got == expected


@pytest.mark.parametrize("text", MESSAGES)
def test_every_message_is_one_of_the_protocol(text: str) -> None:
    if isinstance(json.loads(text), dict) and protocol.verb(json.loads(text)):
        protocol.parse(text)
    else:
        keeps_to_asyncapi(text)


def test_every_kind_of_message_is_shown() -> None:
    shown = {member for text in MESSAGES for member in json.loads(text)}

    for examples in (*SAID.values(), *TOLD.values()):
        assert next(iter(examples[0])) in shown


def test_every_close_code_and_no_other_has_a_row() -> None:
    assert set(map(int, re.findall(r"^\| (\d{4}) \|", PAGE, re.M))) == {
        code.value for code in Close
    }


def test_every_refusal_has_a_row() -> None:
    rows = set(re.findall(r"^\| (\d{3}) \| `/problems/([a-z-]+)` \|", PAGE, re.M))
    known = {(str(status), kind.type) for kind, status in answers.STATUS.items()}

    assert rows == known | {("405", "method-not-allowed")}


def test_the_short_words_are_as_in_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE, re.M)
    table = {word: [cell.strip(" `") for cell in cells.split("|")] for word, cells in rows}

    for word in Short:
        assert table[word] == [SHORT[flow].get(word, "") for flow in Flow]
