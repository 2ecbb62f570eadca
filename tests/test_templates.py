"""Every template prints, and whatever customers type stays text."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from markupsafe import Markup

from server.orders.stages import Flow
from server.people.actors import EVERYTHING, Actor, Role
from server.places.forms import PlaceKind
from server.routes import api
from server.routes.api.people_examples import DEVICE, LINE, PERSON, SESSION
from server.routes.api.specimens import PLACE as PLACE_SPECIMEN
from server.routes.api.specimens import SETTINGS, STATION
from server.routes.cases import open_case
from server.routes.details import details
from server.routes.rows import BLANK, Scene, view
from server.routes.screens.frame import Frame
from server.routes.screens.settings import staged
from server.routes.templates import WEB, block, environment
from server.routes.words import WORDS, age, clock, counted, say
from tests.browser.samples import NOW, sample_cards, sample_history

PLACE: Final[dict[str, Any]] = {
    "id": 7,
    "name": "Bar <South>",
    "kind": "bar",
    "flow": "onsite",
    "timezone": "Europe/Helsinki",
    "prep_minutes": 20,
    "version": 1,
    "status": {"state": "busy", "reason": None, "by": "Ana", "until": "2026-11-22T23:30:00+02:00"},
    "channel": "location:7",
}
ANA: Final = Actor(Role.ADMIN, 1, "Ana", "account:1", sign_in=1, csrf="c")
STATES: Final = ("active", "invited", "expired", "disabled")
FRAME: Final = Frame(ANA, PLACE, [PLACE], "en_IE", NOW)


def printed(name: str, **context: Any) -> str:
    return environment().get_template(name).render(theme="auto", path="/", **context)


def board(**more: Any) -> str:
    rows = [view(card, FRAME.scene) for card in sample_cards()]
    known = {
        "filter": {"stage": "all", "q": "", "customer": "", "sort": "placed_at"},
        "customer": "",
        "undo_customer": "/board",
        "filtered": False,
        "strip": [{"key": "all", "label": "All", "icon": None, "count": 1, "href": "/board"}],
        "sort": {"href": "/board", "word": "Order time", "icon": "oldest"},
        "summary": {"open": "1 open", "late": ""},
        "needing": rows[:2],
        "rows": rows[2:],
        "unprinted": 1,
        "all_rows": "/board?rows=all",
        "folds": [{"name": "ended", "label": "Ended", "count": 1, "open": True, "rows": rows[:1]}],
        "blank": BLANK,
        "empty": "",
        "data": {**FRAME.data, "orders": sample_cards()},
    }
    return printed("screens/board.html", **FRAME.context, **known | more)


def order() -> str:
    card = sample_cards()[1]
    shown = details(card, FRAME.scene, "en_IE", sample_history(card))
    return printed("screens/order.html", **FRAME.context, order=shown, blank=BLANK, data=FRAME.data)


def resolution() -> str:
    cards = [card for card in sample_cards() if card["flagged"]]
    cases = [open_case(card, FRAME.scene) for card in cards]
    known = {"cases": cases, "old": 1, "closed": cases, "blank": BLANK, "data": FRAME.data}
    return printed("screens/resolution.html", **FRAME.context | known)


def customer() -> str:
    steps = [{"label": "Ready", "time": "18:04", "here": True, "past": False}]
    card = details(sample_cards()[1], FRAME.scene, "en_IE", [])
    more = {"title": "K724", "sentence": "It is <made>.", "promise": "", "message": "<b>Sorry</b>"}
    known = {**card, **more, "kind": "ready", "open": True, "steps": steps, "facts": []}
    frame = {"lang": "en", "clock": "18:04", "qr": "", "tag": "t", "data": {}}
    return printed("screens/customer.html", order=known, **frame)


OFFICE: Final[dict[str, Any]] = {
    "lang": "en-IE",
    "actor": ANA,
    "rights": set(EVERYTHING),
    "places": {7: "Bar <South>"},
    "when": str,
    "data": {},
    "next": "12",
}


def settings() -> str:
    evil = PLACE_SPECIMEN | {"name": '"><i>', "standing": "<b>Order</b>", "stations": [STATION]}
    flow = staged(Flow.ONSITE, SETTINGS)
    flow["stages"][0]["own"] = '"><i>'
    known = {"own": SETTINGS | {"name": '"><i>'}, "whole": True, "asked": "7", "stages": [flow]}
    lists = {"kinds": list(PlaceKind), "flows": list(Flow), "zones": ["UTC"]}
    places = {"found": [evil], "archived": [evil | {"archived": True}]}
    return printed("screens/settings.html", **OFFICE, **known, **lists, **places)


PAGES: Final[dict[str, Callable[[], str]]] = {
    "screens/settings.html": settings,
    "screens/people.html": lambda: printed(
        "screens/people.html",
        **OFFICE,
        people=[PERSON | {"name": "<b>Order</b>", "state": state} for state in STATES],
    ),
    "screens/changes.html": lambda: printed(
        "screens/changes.html", **OFFICE, changes=[LINE | {"subject": "<b>Order</b>"}]
    ),
    "screens/account.html": lambda: printed(
        "screens/account.html", **OFFICE, email="<b>Order</b>", pin=True, sessions=[SESSION]
    ),
    "screens/devices.html": lambda: printed(
        "screens/devices.html",
        **OFFICE,
        code='"><i>',
        devices=[DEVICE | {"name": "<b>Order</b>", "state": s} for s in ("active", "revoked")],
    ),
    "screens/pair.html": lambda: printed(
        "screens/pair.html",
        error="",
        told="",
        csrf="c",
        code="WDJB-MJHT",
        url="http://heard.example/devices",
        picture="<svg></svg>",
    ),
    "screens/switch.html": lambda: printed(
        "screens/switch.html",
        error="",
        told="",
        csrf="c",
        device="<b>Order</b>",
        key="k",
        place={"id": 7, "name": "Bar <South>"},
        people=[{"id": 4, "name": "<b>Order</b>"}],
    ),
    "screens/board.html": board,
    "screens/order.html": order,
    "screens/resolution.html": resolution,
    "screens/login.html": lambda: printed(
        "screens/login.html", error="No <b>", told="", email='"><i>', next="/", csrf="c", ask="t"
    ),
    "screens/password.html": lambda: printed(
        "screens/password.html",
        error="No <b>",
        told="",
        next='"><i>',
        csrf="c",
        whom="<b>Order</b>",
    ),
    "screens/forgot.html": lambda: printed(
        "screens/forgot.html", error="", told="", email='"><i>', csrf="c", sent=""
    ),
    "screens/reset.html": lambda: printed(
        "screens/reset.html", error="", told="", token='"><i>', csrf="c", valid=True
    ),
    "screens/setup.html": lambda: printed(
        "screens/setup.html", house="https://192.168.1.5:8443", fingerprint="AB", platform="apple"
    ),
    "screens/error.html": lambda: printed(
        "screens/error.html", status=404, title="Not found", sentence="Nothing <here>."
    ),
    "screens/outbox.html": lambda: printed(
        "screens/outbox.html",
        sending=False,
        messages=[
            {
                "id": 1,
                "at": "2026-11-22T19:05:03+00:00",
                "to": "maria@guests.example",
                "subject": "<b>Order</b>",
                "text": "Thank you",
                "state": "failed",
                "reason": "refused",
            }
        ],
    ),
    "screens/customer.html": customer,
    "screens/link.html": lambda: printed("screens/link.html", asked=True),
    "screens/shell.html": lambda: printed("screens/shell.html", lang="en"),
    "screens/docs.html": lambda: printed(
        "screens/docs.html", spec=api.spec(), asyncapi=api.live_spec()
    ),
}


def test_every_screen_is_tried_here() -> None:
    screens = {f"screens/{file.name}" for file in (WEB / "templates" / "screens").glob("*.html")}

    assert screens == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_every_screen_prints(name: str) -> None:
    html = PAGES[name]()

    assert html.startswith("<!doctype html>")
    assert "<b>Order</b>" not in html
    assert "<script>alert" not in html
    assert 'value=""><i>' not in html


def test_a_name_cannot_leave_the_block_of_cards() -> None:
    html = board(data={"name": "</script><script>alert(1)</script>"})
    found = re.findall(r'<script type="application/json" id="page">(.*?)</script>', html)

    assert json.loads(found[0]) == {"name": "</script><script>alert(1)</script>"}


def test_ready_made_json_goes_into_the_block_as_it_is() -> None:
    assert block({"card": b'{"a": "<"}'}) == Markup('{"card":{"a": "\\u003c"}}')


def test_times_are_those_of_the_location() -> None:
    scene = Scene.at(datetime(2026, 11, 22, 22, 30, tzinfo=UTC), "Europe/Helsinki", frozenset(), 5)

    assert scene.today == "2026-11-23"
    assert 'clock">21:05<' in board().replace(" ", "").replace("x-data", "") or "21:05" in board()


def test_durations_read_as_people_say_them() -> None:
    shown = [age(1000 * seconds) for seconds in (-5, 0, 272, 3599, 3840, 86399, 2 * 86400)]

    assert shown == ["0:00", "0:00", "4:32", "59:59", "1 h 04", "23 h 59", "2 d"]


def test_another_day_is_named() -> None:
    assert clock("2026-11-22T21:05:03+02:00", "2026-11-22") == "21:05"
    assert clock("2026-11-21T21:05:03+02:00", "2026-11-22") == "21 Nov"


def test_one_is_not_several() -> None:
    assert counted("pill.new", 1) == "1 new order"
    assert counted("pill.new", 412) == "412 new orders"
    assert say("back", label="Pending") == "Back to Pending"


def test_whoever_may_not_cancel_is_not_offered_it() -> None:
    rights = frozenset(right.value for right in EVERYTHING) - {"orders.cancel"}
    shown = details(sample_cards()[0], Scene(0, "2026-11-22", rights, 20), "en_IE")

    assert [step["to"] for step in shown["moves"]] == []
    assert [step["to"] for step in shown["flow"]] == ["", "ready", "fulfilled"]


def test_every_stage_looks_like_no_other() -> None:
    shown = [view(card, FRAME.scene) for card in sample_cards()]
    looks = {(row["label"], row["icon"], row["role"]) for row in shown}
    stages = {(card["flow"], card["stage"]) for card in sample_cards()}
    same = {("delivery", "ready"), ("onsite", "ready")}  # one stage, in two flows

    assert len(looks) >= len({label for label, _, _ in looks})
    assert all(row["icon"] in WORDS["icons"].values() for row in shown)
    assert len(stages) == 31
    assert same <= stages
