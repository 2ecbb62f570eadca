"""S12: what an address says is never markup; files and letters are no pages."""

from __future__ import annotations

from email import message_from_bytes
from html.parser import HTMLParser
from typing import Any, Final

from server.clock import now
from server.messaging.letters import Letter
from tests.callers import Caller
from tests.security.callers import Kind
from tests.security.payloads import MARK, PAYLOADS, evil
from tests.security.world import World


class Elements(HTMLParser):
    """Which elements a page has, as browsers see it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.marked: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if ("id", MARK) in attrs:
            self.marked.append(tag)


REFLECTING: Final = (
    ("/board", "q"), ("/board", "customer"), ("/board", "stage"), ("/board", "sort"),
    ("/login", "next"), ("/login", "told"), ("/forgot", "email"), ("/devices", "code"),
    ("/resolution", "location"), ("/people", "cursor"), ("/changes", "cursor"),
)  # fmt: skip
BREAKING_OUT: Final = PAYLOADS[30:60]  # each vector, out of an attribute
PATHS: Final = ("/orders/{}", "/o/{}", "/q/{}", "/reset/{}", "/nowhere/{}", "/api/v1/orders/{}")


def test_what_an_address_says_is_never_markup(full: World) -> None:
    ana = dict(full.callers[Kind.ADMIN].headers)
    for payload in BREAKING_OUT:
        for path, name in REFLECTING:
            headers = {} if path in ("/login", "/forgot") else ana
            answer = full.client.get(path, params={name: payload}, headers=headers)
            assert harmless(answer), (path, name, payload)
        for path in PATHS:
            quoted = payload.replace("/", "").replace("#", "").replace("?", "").replace("%", "")
            assert harmless(full.client.get(path.format(quoted), headers=ana)), (path, payload)


def harmless(answer: Any) -> bool:
    """No element of the payload, and the policy that would stop one."""
    if answer.is_redirect:
        return str(answer.headers["location"]).startswith("/")
    page = answer.headers["content-type"].startswith("text/html")
    policy = "script-src 'self' 'sha256-" in answer.headers["content-security-policy"]
    return answer.status_code < 500 and policy and not (page and Elements(answer.text).marked)


def test_the_parser_would_see_them() -> None:
    seen = [payload for payload in PAYLOADS if Elements(payload).marked]

    assert len(PAYLOADS) == 120
    assert len(seen) > 80  # the others only mean harm where they are taken apart first


def test_files_are_never_a_page(full: World) -> None:
    """What is downloaded is not shown."""
    ana = full.callers[Kind.ADMIN]
    shop = Caller.with_key(full.client, full.cast.shop_token)
    for number, payload in enumerate(PAYLOADS):
        assert shop.post("/orders", evil(full.cast.bar, number, payload)).status_code == 201
    csv = full.client.get("/api/v1/exports/orders.csv", headers=dict(ana.headers))

    assert csv.headers["content-type"].startswith("text/csv")
    assert csv.headers["content-disposition"].startswith("attachment")
    assert csv.headers["x-content-type-options"] == "nosniff"
    assert csv.text.count("alert(1)") > len(PAYLOADS)  # they are in it


def test_a_letter_has_no_markup() -> None:
    for payload in PAYLOADS:
        sent = Letter(
            "Heard <a@b.example>", "c@d.example", payload, payload, "<1@b.example>", now()
        )
        mail = message_from_bytes(bytes(sent))

        assert mail.get_content_type() == "text/plain"
        assert not mail.is_multipart()
