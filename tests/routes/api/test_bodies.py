"""Bodies that nobody should send: refused with a sentence, never a fault of ours."""

import json
from collections.abc import Iterator

import pytest

from tests.callers import Caller, order
from tests.cast import Cast

LIMIT = 64 * 1024


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"", None),
        (b"{", None),
        (b"{}}", None),
        (b"{'location': 7}", None),
        (b'{"location": 7,}', None),
        (b'{"location": }', None),
        (b"\xff\xfe{}", None),
        (b"\xef\xbb\xbf{}", None),
        (b'{"destination": "\xed\xa0\x80"}', None),
        ('{"location": 7}'.encode("utf-16"), None),
        (b"[" * 20_000, None),
        (b'{"a":' * 2_000 + b"1" + b"}" * 2_000, None),
        (b"[" * 300 + b"]" * 300, None),
        (b'{"location": ' + b"9" * 5_000 + b"}", None),
        (b'{"location": 1, "location": 2}', "location"),
        (b'{"customer": {"name": "A", "phone": "", "name": "B"}}', "customer.name"),
        (b'{"lines": [{}, {"name": "A", "name": "A"}]}', "lines.1.name"),
        (b'{"destination": "\\ud800"}', "destination"),
        (b'{"lines": [{"note": "a\\udfffb"}]}', "lines.0.note"),
        (b'{"\\ud800": 1}', "?"),
        (b'{"\\ud800": 1, "\\ud800": 2}', "?"),
    ],
)
def test_what_cannot_be_read(shop: Caller, raw: bytes, field: str | None) -> None:
    answer = shop("POST", "/orders", raw=raw, content_type="application/json")

    problem = answer.json()
    if raw == b"":
        assert answer.status_code == 422
    else:
        assert (answer.status_code, problem["type"]) == (400, "/problems/malformed")
        assert problem.get("field") == field


@pytest.mark.parametrize("raw", [b"null", b"[]", b"7", b'"text"', b"true", b"NaN", b"Infinity"])
def test_what_is_no_object(shop: Caller, raw: bytes) -> None:
    answer = shop("POST", "/orders", raw=raw, content_type="application/json")

    assert answer.status_code in (400, 422)
    assert "object" in answer.json()["detail"] or "JSON" in answer.json()["detail"]


@pytest.mark.parametrize("number", [b"NaN", b"-Infinity", b"1e400", b"1e2", b"-0.0", b"9" * 400])
def test_numbers_that_are_none_of_ours(shop: Caller, cast: Cast, number: bytes) -> None:
    whole = json.dumps(order(cast.bar)).encode()

    answer = shop(
        "POST",
        "/orders",
        raw=whole.replace(b'"quantity": 2', b'"quantity": ' + number),
        content_type="application/json",
    )

    assert (answer.status_code, answer.json()["field"]) == (422, "lines.0.quantity")


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/xml",
        "",
        ";",
    ],
)
def test_only_json_is_taken(shop: Caller, cast: Cast, kind: str) -> None:
    raw = json.dumps(order(cast.bar)).encode()

    answer = shop("POST", "/orders", raw=raw, content_type=kind)

    assert (answer.status_code, answer.json()["field"]) == (415, "Content-Type")


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON", 'application/json; charset="UTF-8"']
)
def test_json_by_any_of_its_names(shop: Caller, cast: Cast, kind: str) -> None:
    raw = json.dumps(order(cast.bar)).encode()

    assert shop("POST", "/orders", raw=raw, content_type=kind).status_code == 201


def test_an_empty_form_is_no_body_either(shop: Caller, cast: Cast) -> None:
    card = shop.place(cast.bar)

    answer = shop("POST", f"/orders/{card['code']}/ready", raw=b"", content_type="text/plain")

    assert answer.status_code == 415


def test_a_body_has_a_limit(shop: Caller, cast: Cast) -> None:
    whole = json.dumps(order(cast.bar)).encode()
    kind = {"content_type": "application/json"}

    fits = shop("POST", "/orders", raw=whole.ljust(LIMIT), **kind)
    larger = shop("POST", "/orders", raw=whole.ljust(LIMIT + 1), **kind)

    assert (fits.status_code, larger.status_code) == (201, 413)
    assert larger.json()["type"] == "/problems/too-large"


def test_a_body_in_pieces_has_the_same_limit(shop: Caller) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(1_000):
            yield b" " * 1_000

    answer = shop.client.post(
        "/api/v1/orders",
        content=pieces(),
        headers={**shop.headers, "Content-Type": "application/json"},
    )

    assert answer.status_code == 413


def test_thousands_of_unknown_fields_are_told_in_a_few(shop: Caller) -> None:
    body = {f"f{number}": 1 for number in range(5_000)}

    problem = shop.post("/orders", body).json()

    assert len(problem["errors"]) <= 20


def test_a_member_given_twice_among_thousands(shop: Caller) -> None:
    names = [f"f{number}" for number in range(5_000)]
    raw = ",".join(f'"{name}":1' for name in [*names, "f4999"])

    answer = shop("POST", "/orders", raw=f"{{{raw}}}".encode(), content_type="application/json")

    assert (answer.status_code, answer.json()["field"]) == (400, "f4999")


def test_text_that_is_odd_but_fine_is_kept(shop: Caller, cast: Cast) -> None:
    odd = "💚 ‏مرحبا <script>alert('x')</script> {{ 7 * 7 }} \\ \" ­ 'DROP"

    card = shop.place(cast.bar, destination=odd)

    assert shop.card(card["id"])["destination"] == odd
