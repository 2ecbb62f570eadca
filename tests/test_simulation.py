"""`simulate`: orders from a file or invented, placed like any client does."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import httpx2
import pytest

from server.orders.forms import OrderForm
from server.orders.stages import Flow
from server.simulation import client, file, invented, show
from server.simulation.client import Client, RefusedError
from server.simulation.file import UnreadableError

HEADER: Final = "order_id\tquantity\titem_name\tchoice_description\titem_price\n"
MENU: Final = (
    HEADER
    + "1\t1\tChips\tNULL\t$2.39 \n"
    + "1\t2\tBowl\t[Salsa (Mild), [Rice, Cheese]]\t$16.98 \n"
    + "2\t1\tCatering\t[Beans]\t$1,039.25 \n"
)
PLACES: Final = [{"id": n, "flow": flow.value} for n, flow in enumerate(Flow, 1)]
Handler = Callable[[httpx2.Request], httpx2.Response]


@pytest.fixture
def menu(tmp_path: Path) -> Path:
    path = tmp_path / "orders.tsv"
    path.write_text(MENU, encoding="utf-8")
    return path


def test_a_file_is_read_as_orders_with_their_lines(menu: Path) -> None:
    one, two = file.orders(menu, location=7)

    assert (one["location"], one["source"], one["external_id"]) == (7, "online_store", "file-1")
    assert [(line["quantity"], line["name"], line["unit_price"]) for line in one["lines"]] == [
        (1, "Chips", 239), (2, "Bowl", 849)
    ]  # fmt: skip
    assert [m["name"] for m in one["lines"][1]["modifiers"]] == ["Salsa (Mild)", "Rice", "Cheese"]
    assert (two["lines"][0]["unit_price"], one["lines"][0]["modifiers"]) == (103925, [])
    for order in (one, two):
        OrderForm.model_validate(order)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "choice_description is missing"),
        ("order_id\tquantity\n1\t1\n", "choice_description is missing"),
        (HEADER + "1\tmany\tChips\tNULL\t$2.39\n", "not a file of restaurant orders"),
        (HEADER + "1\t0\tChips\tNULL\t$2.39\n", "not a file of restaurant orders"),
        (HEADER + "1\t1\tChips\n", "not a file of restaurant orders"),
        (HEADER + "1\t2\tChips\tNULL\t$2.39\n", "not divisible by 2"),
        (HEADER + "1\t1\tChips\tNULL\tfree\n", "not a file of restaurant orders"),
        ("\x00\x01", "missing"),
    ],
)
def test_another_file_is_refused_with_a_sentence(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "other.tsv"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(UnreadableError, match=words):
        file.orders(path, location=7)


def test_a_picture_is_no_file_of_orders(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\xff\xfe")

    with pytest.raises(UnreadableError, match=r"picture\.png"):
        file.orders(path, location=7)


def test_invented_orders_are_possible_in_every_flow_and_never_the_same() -> None:
    made = list(invented.orders(PLACES, 400))

    assert Counter(order["location"] for order in made) == dict.fromkeys(range(1, 6), 80)
    assert len({order["external_id"] for order in made}) == 400
    for order in made:
        OrderForm.model_validate(order)
    again = next(iter(invented.orders(PLACES, 1)))
    assert again["external_id"] not in {order["external_id"] for order in made}


class House:
    """Answers like the API does: a known external id is known, and now and then nobody answers."""

    def __init__(self, *troubles: int | type[httpx2.TransportError]) -> None:
        self.troubles: Iterator[int | type[httpx2.TransportError]] = iter(troubles)
        self.orders: dict[str, dict[str, Any]] = {}
        self.keys: list[str] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert request.headers["Authorization"] == "Bearer heard_key"
        trouble = next(self.troubles, None)
        if isinstance(trouble, type):
            raise trouble("gone")
        if trouble:
            return httpx2.Response(trouble, json={"detail": f"No: {trouble}."})
        if request.url.path == "/api/v1/locations":
            return httpx2.Response(200, json={"locations": PLACES})
        return self.place(request)

    def place(self, request: httpx2.Request) -> httpx2.Response:
        asked = json.loads(request.content)
        self.keys.append(request.headers["Idempotency-Key"])
        known = asked["external_id"] in self.orders
        self.orders[asked["external_id"]] = asked
        total = sum(line["quantity"] * line["unit_price"] for line in asked["lines"])
        card = {"lines": asked["lines"], "totals": {"subtotal": {"amount": total}}}
        return httpx2.Response(200 if known else 201, json=card)


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Callable[[House], None]:
    """Puts a house at the other end of every wire, and makes pauses short."""

    def wire(house: House) -> None:
        monkeypatch.setattr(client, "LONGEST_PAUSE_SECONDS", 0.001)
        monkeypatch.setattr(
            httpx2.AsyncHTTPTransport,
            "handle_async_request",
            lambda _, request: served(house, request),
        )

    return wire


async def served(house: House, request: httpx2.Request) -> httpx2.Response:
    await request.aread()
    return house(request)


def played(path: Path | None, **more: Any) -> int:
    given = {"rate": 0.0, "location": None, "number": 10} | more
    return show.simulate("http://heard.example", "heard_key", path, **given)


def test_a_file_is_played_to_the_first_location(
    menu: Path, wired: Callable[[House], None], capsys: pytest.CaptureFixture[str]
) -> None:
    house = House()
    wired(house)

    assert played(menu) == 0

    assert {order["location"] for order in house.orders.values()} == {1}
    told = " ".join(capsys.readouterr().out.split())
    assert "2 orders placed, 0 known before, 0 refused: 3 lines, 1058.62 in all" in told


def test_played_again_it_adds_nothing(
    menu: Path, wired: Callable[[House], None], capsys: pytest.CaptureFixture[str]
) -> None:
    house = House()
    wired(house)
    played(menu, location=3)

    played(menu, location=3)

    assert "0 orders placed, 2 known before" in " ".join(capsys.readouterr().out.split())
    assert sorted(house.keys) == sorted(2 * ["online_store:3:file-1", "online_store:3:file-2"])


def test_a_lost_answer_is_asked_for_again_with_the_same_key(wired: Callable[[House], None]) -> None:
    house = House(httpx2.ConnectError, 503, 429, 0, 409, httpx2.ReadTimeout)
    wired(house)

    assert played(None, number=3) == 0

    assert len(house.orders) == 3
    assert len(set(house.keys)) == 3


def test_an_order_that_is_refused_is_told(
    wired: Callable[[House], None], capsys: pytest.CaptureFixture[str]
) -> None:
    wired(House(0, 422))

    assert played(None, number=2, location=4) == 1

    told = capsys.readouterr().out
    assert "Refused: No: 422." in told
    assert "1 orders placed, 0 known before, 1 refused" in " ".join(told.split())


@pytest.mark.parametrize(
    ("path", "location", "words"),
    [(None, 99, "no such location"), (Path("/nowhere.tsv"), None, "nowhere")],
)
def test_what_cannot_be_played_is_a_sentence(
    wired: Callable[[House], None],
    capsys: pytest.CaptureFixture[str],
    path: Path | None,
    location: int | None,
    words: str,
) -> None:
    wired(House())

    assert played(path, location=location) == 1
    assert words in capsys.readouterr().out


def test_a_server_that_never_answers_is_given_up(
    wired: Callable[[House], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TRIES", 3)
    wired(House(*[httpx2.ConnectError] * 3))

    with pytest.raises(RefusedError, match="does not answer"):
        asyncio.run(Client("http://heard.example", "heard_key").locations())


def test_orders_come_at_the_rate_asked_for(
    wired: Callable[[House], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    wired(House())
    waiting = SimpleNamespace(sleep=sleep, TaskGroup=asyncio.TaskGroup)
    monkeypatch.setattr(client, "asyncio", waiting)  # other loops of this process sleep on
    monkeypatch.setattr(client, "time", SimpleNamespace(monotonic=lambda: 100.0))

    played(None, number=4, rate=10.0)

    assert [round(pause, 1) for pause in pauses] == [0.1, 0.2, 0.3, 0.4]
