"""Every address × every kind of caller × whose thing it is: what is foreign is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import zip_longest
from typing import Any, Final

import pytest
from httpx2 import Response

from server.app import application
from server.routes import api
from server.routes.api.examples import EXAMPLES
from server.routes.screens import customer
from server.settings import Settings
from tests.belongings import BOUNDARY, PICTURE, form
from tests.callers import Caller
from tests.security.callers import Kind
from tests.security.policy import EXCLUDED, POLICY, Address, Policy, addresses
from tests.security.world import CANARY, NOBODYS, SEES, Where, World

ADDRESSES: Final = {one.name: one for one in addresses(application(Settings()).routes)}
PLACED: Final = ("/board", "/resolution", "/settings")
REFUSED: Final = (401, 403)
ASIDE: Final = ("/login", "/password", "/pair")
SAME: Final = ("content-type", "cache-control", "location", "www-authenticate", "etag")
UNLIKE: Final = re.compile(r"\d+:\d\d(:\d\d\.\d+)?|\b\d+ (?:s|min)\b|location[ =]\d+")


def test_every_address_has_a_line_and_every_line_an_address() -> None:
    assert set(ADDRESSES) == set(POLICY) | set(EXCLUDED)
    assert not set(POLICY) & set(EXCLUDED)


def test_everything_an_address_names_is_tried() -> None:
    named = {name for path in ADDRESSES for name in re.findall(r"{(\w+)", path)}

    assert named <= set(NOBODYS), "say in tests/security/world.py what that is"


@pytest.mark.parametrize("name", POLICY)
def test_what_is_foreign_is_not_there(
    full: World, name: str, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    monkeypatch.setattr(customer, "ANSWER_SECONDS", 0.0)  # it takes its time on purpose
    address, policy = ADDRESSES[name], POLICY[name]
    tried = [Where.ABSENT] if policy.open and not named(address) else list(Where)
    full.reset()
    wrong, asked = [], 0
    for kind in Kind:
        answers = {where: ask(full, address, full.callers[kind], where) for where in tried}
        wrong += [f"{kind}: {complaint}" for complaint in judged(kind, address, policy, answers)]
        asked += len(answers)
    record_property("cases", asked)
    assert not wrong, "\n".join(wrong)


def ask(world: World, address: Address, caller: Caller, where: Where) -> Response:
    """The answer to whoever asks for what is there; nothing that it did is left."""
    world.client.cookies.clear()
    answer = asked(address, caller, world.things[where], int(world.things[where]["location"]))
    limited = address.line is not None and address.line.limited
    if address.method != "GET" and (answer.is_success or limited):
        world.reset()
    return answer


def asked(address: Address, caller: Caller, there: Any, location: int) -> Response:
    path = address.path.format_map(there)
    sent: dict[str, Any] = {}
    headers = dict(caller.headers)
    if address.line is None:
        sent["params"] = {"location": location} if address.path in PLACED else None
    elif address.line.upload:
        sent["content"] = form(PICTURE, "cup.png")
        headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
    elif not address.line.reads:
        sent["json"] = placed(EXAMPLES[address.line.asked][-1], location, there)
    elif "location" in address.line.asked.model_fields:
        sent["params"] = {"location": location}
    return caller.client.request(address.method, path, headers=headers, **sent)


def placed(body: Any, location: int, there: Any) -> Any:
    """The example, about what is there."""
    if not isinstance(body, dict):
        return body
    known = {"location": location, "locations": [location], "text": body.get("text")}
    if "text" in body and "location" in body:  # a code that was scanned
        known["text"] = there["order"]
    return {name: known.get(name, value) for name, value in body.items()}


def judged(
    kind: Kind, address: Address, policy: Policy, answers: dict[Where, Response]
) -> Iterator[str]:
    """What is wrong with these answers."""
    sees = frozenset[Where]() if policy.personal else SEES[kind]
    absent = answers[Where.ABSENT]
    for where, answer in answers.items():
        if answer.status_code >= 500:
            yield f"{where}: {answer.status_code}"
        yield from leaks(kind, where, policy, answer)
        if policy.open:
            continue
        if where in sees and kind in policy.who and (refused(answer) or answer.status_code == 404):
            yield f"{where}: {answer.status_code} though it is theirs: {answer.text[:200]}"
        if where in sees and kind not in policy.who and not refused(answer):
            yield f"{where}: {answer.status_code} though they may not"
        if where not in sees and not policy.alone and shape(answer) != shape(absent):
            yield f"{where}: {different(shape(answer), shape(absent))}"
    if not policy.open and not hidden(kind, address, policy, absent):
        yield f"absent: {absent.status_code}"


def hidden(kind: Kind, address: Address, policy: Policy, absent: Response) -> bool:
    """Whether what is not there is not there; what names nothing answers as it likes."""
    if kind not in policy.who:
        return refused(absent) or absent.status_code == 404
    return absent.status_code == 404 or not named(address)


def named(address: Address) -> bool:
    return "{" in address.path


def refused(answer: Response) -> bool:
    """Whether somebody was told to sign in, or that they may not."""
    aside = answer.status_code == 303 and answer.headers["location"].startswith(ASIDE)
    return aside or answer.status_code in REFUSED


def shape(answer: Response) -> list[str]:
    """What tells one answer from another, but for what was asked, and when."""
    headers = [answer.headers.get(name) or "" for name in SAME]
    if answer.status_code == 303:  # to the way in, which leads back
        headers = [text.partition("?")[0] for text in headers]
    said = answer.text.replace(escape(answer.request.url.path), "…")
    return [str(answer.status_code), *headers, *UNLIKE.sub("…", said).splitlines()]


def different(one: list[str], other: list[str]) -> str:
    """The first lines that are not alike."""
    unlike = [(a, b) for a, b in zip_longest(one, other) if a != b]
    return f"{unlike[0][0]!r:.200} unlike absent {unlike[0][1]!r:.200}"


def leaks(kind: Kind, where: Where, policy: Policy, answer: Response) -> Iterator[str]:
    """Words that belong to somebody else."""
    sees = SEES[kind] if kind in policy.who else frozenset[Where]()
    if policy.open:
        sees = sees | {where}  # whoever has a link
    for whose, word in CANARY.items():
        if whose not in sees and word in answer.text:
            yield f"{where}: shows what is {whose}"


def test_the_canaries_would_be_seen(full: World) -> None:
    full.reset()
    shown = {
        where: full.callers[kind].get(f"/orders/{full.things[where]['order']}").text
        for where, kind in (
            (Where.OWN, Kind.STAFF),
            (Where.OTHER, Kind.NEIGHBOUR),
            (Where.FOREIGN, Kind.STRANGER),
        )
    }

    assert all(CANARY[where] in text for where, text in shown.items())
    assert api.table
