"""`/metrics`: who may read it, and whether its figures are those of what happened."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from server.app import application
from server.errors import NotFound, Unsaved
from server.measured import Timings
from server.metrics import histogram, page, sample
from server.realtime.counts import Histogram
from server.realtime.tick import EVERY_SECONDS, WINDOW_SECONDS, Tick
from server.routes.metrics import bell, events, health, house, jobs, sockets
from server.settings import Settings
from tests.callers import Caller
from tests.cast import Cast
from tests.realtime.exchange import Exchange, again
from tests.realtime.house import BLIND
from tests.realtime.house import house as small_house
from tests.realtime.patience import eventually
from tests.scene import Scene

TOKEN: Final = {"Authorization": "Bearer s3cret"}
LINE: Final = re.compile(r'([a-z_]+)(?:\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*\})? -?[0-9.e+-]+')

Serve = Callable[..., TestClient]


def figures(text: str) -> dict[str, float]:
    """Every sample by its name and labels; each belongs to a family that was announced once."""
    told: dict[str, float] = {}
    typed: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            assert line.split()[2] not in typed, line
            typed.add(line.split()[2])
        elif not line.startswith("# HELP "):
            found = LINE.fullmatch(line)
            assert found, line
            assert {found[1], re.sub("_(bucket|sum|count)$", "", found[1])} & typed, line
            name, _, value = line.rpartition(" ")
            told[name] = float(value)
    return told


@pytest.fixture
def serve(scene: Scene) -> Serve:
    """The whole application, as seen from an address."""

    def serve(client: str = "127.0.0.1", host: str = "127.0.0.1:8000", **more: Any) -> TestClient:
        settings = Settings(
            database_url=scene.database.url,
            redis_url="",
            var_dir=Path(scene.database.url.removeprefix("sqlite:///")).parent,
            **more,
        )
        return TestClient(application(settings), f"http://{host}", client=(client, 5000))

    return serve


def test_this_machine_may_read_it(serve: Serve) -> None:
    with serve() as here:
        answer = here.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    told = figures(answer.text)
    assert told["heard_sockets"] == 0
    assert told["process_resident_memory_bytes"] > 10_000_000
    assert told["heard_workers"] in (0, 1)  # on SQLite it is this process, once it has begun


@pytest.mark.parametrize(
    ("client", "host", "headers"),
    [
        ("10.0.0.7", "127.0.0.1:8000", {}),
        ("127.0.0.1", "heard.example", {}),  # a name that was made to point here
        ("127.0.0.1", "127.0.0.1:8000", {"X-Forwarded-For": "10.0.0.7"}),
        ("127.0.0.1", "127.0.0.1:8000", {"Forwarded": "for=10.0.0.7"}),
        ("nobody", "127.0.0.1:8000", {}),
    ],
)
def test_for_others_there_is_no_such_page(
    serve: Serve, client: str, host: str, headers: dict[str, str]
) -> None:
    with serve(client, host) as there:
        told = there.get("/metrics", headers=headers)
        absent = there.get("/nowhere", headers=headers)

    assert told.status_code == absent.status_code == 404
    assert "heard_" not in told.text


def test_with_a_token_whoever_shows_it_may_read_it_and_nobody_else(serve: Serve) -> None:
    with serve("10.0.0.7", "heard.example", metrics_token="s3cret") as there:
        assert there.get("/metrics", headers=TOKEN).status_code == 200
        assert there.get("/metrics").status_code == 404
        assert there.get("/metrics", headers={"Authorization": "Bearer s3cre"}).status_code == 404
    with serve(metrics_token="s3cret") as here:
        assert here.get("/metrics").status_code == 404


def test_commands_are_told_by_name_and_by_how_they_ended(serve: Serve, cast: Cast) -> None:
    with serve() as here:
        shop = Caller.with_key(here, cast.shop_token)
        card = shop.place(cast.bar)
        for _ in range(2):
            shop.post(f"/orders/{card['id']}/advance", {"to": "ready"}, idempotency_key="once")
        shop.post(f"/orders/{card['id']}/advance", {"to": "nowhere"}, if_match='"1"')
        told = figures(here.get("/metrics").text)

    assert told['heard_commands_total{command="intake.place",outcome="done"}'] == 1
    assert told['heard_commands_total{command="lifecycle.advance",outcome="done"}'] == 1
    assert told['heard_commands_total{command="lifecycle.advance",outcome="replayed"}'] == 1
    assert told['heard_commands_total{command="lifecycle.advance",outcome="refused"}'] == 1
    assert told['heard_command_seconds_count{command="lifecycle.advance"}'] == 3
    assert told['heard_command_seconds_sum{command="lifecycle.advance"}'] > 0


def test_what_is_raised_is_told_too() -> None:
    timings = Timings()

    for error in (NotFound("gone"), Unsaved("away"), ValueError("ours"), KeyboardInterrupt()):
        with pytest.raises(type(error)), timings.of(command):
            raise error

    [timing] = timings.by_command.values()
    assert timing.name == "test_metrics.command"
    assert timing.ends == {"refused": 1, "unsaved": 1, "broken": 2}


def command() -> None:
    """Stands for a command."""


async def test_a_database_that_hangs_hides_no_other_figure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.routes.metrics.HEALTH_SECONDS", 0.01)
    hanging = asyncio.Event().wait
    request: Request[Any] = Request({"type": "http", "state": {"health": hanging}})

    assert list(jobs(await health(request))) == []


async def test_events_sockets_and_cursors_are_those_of_the_hub() -> None:
    async with small_house(BLIND) as bar:
        _, slow = await bar.board()
        _, board = await bar.board(audience="display")
        slow.stall()
        for _ in range(3):
            await bar.place()
        await board.until(lambda b: len(b.offsets) == 3)

        told = figures(page(*house(bar.hub), *events(bar.hub), *sockets(bar.hub), *bell(bar.hub)))

    assert told["heard_events_total"] == 3
    assert told["heard_deliveries_total"] == 3
    assert told["heard_snapshots_total"] == 2
    assert told["heard_channels"] == 1
    assert told["heard_ring_events"] == told["heard_ring_events_longest"] == 3
    assert told["heard_sockets"] == 2
    assert told['heard_followers{audience="staff"}'] == 1
    assert told['heard_followers{audience="display"}'] == 1
    assert told["heard_cursors_behind"] == 1
    assert told["heard_cursor_lag_events"] == 3
    assert told['heard_build_info{build="b1"}'] == 1
    assert told["heard_database_age_seconds"] < 5


async def test_the_bell_tells_its_age_and_its_letters(valkey_url: str) -> None:
    exchange = Exchange(valkey_url)
    async with exchange.linked() as broker, small_house(BLIND, None, broker) as bar:
        await bar.place()
        await again(broker)
        told = figures(page(*bell(bar.hub)))

    assert 0 <= told['heard_bell_age_seconds{link="redis"}'] < 1
    assert told['heard_letters_total{way="sent"}'] >= 1
    assert told['heard_letters_total{way="dropped"}'] == 0


def test_a_histogram_counts_what_is_at_most_so_long() -> None:
    seconds = Histogram((0.1, 1.0))
    for one in (0.05, 0.1, 0.5, 7.0):
        seconds.note(one)

    told = figures(page(histogram("a", "b", [({"c": "d"}, seconds)])))

    assert told == {
        'a_bucket{c="d",le="0.1"}': 2,
        'a_bucket{c="d",le="1.0"}': 3,
        'a_bucket{c="d",le="+Inf"}': 4,
        'a_sum{c="d"}': 7.65,
        'a_count{c="d"}': 4,
    }


def test_labels_are_quoted() -> None:
    assert sample("a", {"b": 'x"\\\n'}, 1) == 'a{b="x\\"\\\\\\n"} 1'


def test_the_worst_lag_is_forgotten_after_a_while() -> None:
    tick = Tick()
    tick.note(3.0, now=0.0)
    tick.note(0.1, now=WINDOW_SECONDS)
    assert tick.worst == 3.0

    tick.note(0.1, now=2 * WINDOW_SECONDS)

    assert tick.worst == 0.1
    assert tick.last == 0.1


async def test_a_blocked_loop_is_seen() -> None:
    tick = Tick()
    ticking = asyncio.create_task(tick.run())
    await asyncio.sleep(0)

    time.sleep(EVERY_SECONDS + 0.2)  # noqa: ASYNC251  # the loop is blocked

    await eventually(lambda: tick.worst > 0.19)
    ticking.cancel()
