"""What `up` promises about its processes, shown by killing them."""

import os
import signal
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from server import supervisor
from tests.launch.house import house
from tests.launch.processes import alive, resident_kilobytes, wait_until

LEFTOVERS_SECONDS = 2.0
STOP_SECONDS = 10.0


def taken(address: str) -> bool:
    place = urlsplit(address)
    with socket.socket() as caller:
        return caller.connect_ex((place.hostname or "", place.port or 0)) == 0


def test_it_says_what_it_does_and_ends_with_the_address_and_the_logins(tmp_path: Path) -> None:
    with house(tmp_path) as up:
        address = up.is_up()

    order = ["Starting Valkey", "Preparing the demo", "Starting web", address, "lovelace", "Ctrl-C"]
    assert sorted(order, key=up.everything_said().index) == order
    assert "web    | serving" in up.everything_said()


def test_it_stays_small(tmp_path: Path) -> None:
    with house(tmp_path) as up:
        up.is_up()

        assert resident_kilobytes(up.process.pid) < 20_000


def test_killed_it_leaves_no_process_no_port_and_no_socket(tmp_path: Path) -> None:
    with house(tmp_path) as up:
        address = up.is_up()
        left = [up.web(), up.valkey()]
        unix_socket = Path(urlsplit(up.redis_url()).path)

        up.signal(signal.SIGKILL)

        wait_until(lambda: not any(map(alive, left)), LEFTOVERS_SECONDS)
        assert not taken(address)
        assert not unix_socket.exists()
    with house(tmp_path, PORT=str(urlsplit(address).port)) as again:
        assert again.is_up() == address


def test_a_killed_web_is_replaced_and_no_caller_is_refused(tmp_path: Path) -> None:
    with house(tmp_path) as up:
        up.is_up()
        lives = [up.web()]
        for _ in range(3):
            os.kill(lives[-1], signal.SIGKILL)
            lives.append(up.web())

        assert len(set(lives)) == 4
        assert "SIGKILL; starting it again" in up.hear("web was")


def test_a_killed_valkey_comes_back_at_the_same_place(tmp_path: Path) -> None:
    with house(tmp_path) as up:
        up.is_up()
        killed, place = up.valkey(), up.redis_url()

        os.kill(killed, signal.SIGKILL)
        up.hear("Valkey was ended by SIGKILL; starting it again")
        wait_until(lambda: Path(urlsplit(place).path).exists() and not alive(killed), 5)

        assert up.redis_url() == place


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_asked_to_stop_it_stops_everything(tmp_path: Path, number: signal.Signals) -> None:
    with house(tmp_path) as up:
        address = up.is_up()
        left = [up.web(), up.valkey()]
        unix_socket = Path(urlsplit(up.redis_url()).path)
        start = time.monotonic()

        up.signal(number)

        assert up.end() == 0
        assert up.said[-1] == "Stopped.\n"
        assert time.monotonic() - start < STOP_SECONDS
        assert not any(map(alive, left))
        assert not taken(address)
        assert not unix_socket.parent.exists()


def test_under_nohup_it_outlives_its_terminal(tmp_path: Path) -> None:
    with house(tmp_path, "nohup") as up:
        up.is_up()
        serving = up.web()

        up.signal(signal.SIGHUP)
        time.sleep(1.0)  # long enough to have stopped

        assert up.web() == serving


def test_a_web_that_does_not_listen_is_ended_within_ten_seconds(tmp_path: Path) -> None:
    with house(tmp_path, "stubborn") as up:
        up.is_up()
        stubborn = up.web()
        start = time.monotonic()

        up.signal(signal.SIGTERM)

        assert up.end() == 0
        assert supervisor.STOP_SECONDS <= time.monotonic() - start < STOP_SECONDS
        assert not alive(stubborn)


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with house(tmp_path, "stubborn") as up:
        up.is_up()
        stubborn = up.web()
        start = time.monotonic()

        def asked_again() -> bool:
            up.signal(signal.SIGINT)
            return up.process.poll() is not None

        wait_until(asked_again, supervisor.STOP_SECONDS / 2)

        wait_until(lambda: not alive(stubborn), LEFTOVERS_SECONDS)
        assert time.monotonic() - start < supervisor.STOP_SECONDS


def test_a_web_that_cannot_start_stops_everything_and_is_quoted(tmp_path: Path) -> None:
    with house(tmp_path, "broken") as up:
        assert up.end() == 1

    assert "web    | the database is missing" in up.everything_said()
    assert up.said[-1].startswith("Heard does not start: web ended with exit status 3")


def test_a_step_that_fails_is_quoted(tmp_path: Path) -> None:
    with house(tmp_path, "unprepared") as up:
        assert up.end() == 1

    assert "Preparing the demo … not done" in up.everything_said()
    assert up.said[-1] == "the disk is full\n"


def test_a_second_one_on_the_same_directory_is_refused(tmp_path: Path) -> None:
    with house(tmp_path) as up:
        up.is_up()
        with house(tmp_path) as second:
            assert second.end() == 1

    assert f"another one already runs on {tmp_path}" in second.everything_said()
    assert "VAR_DIR=" in second.everything_said()


def test_a_second_one_on_the_same_port_is_told_how_to_choose_another(tmp_path: Path) -> None:
    with house(tmp_path / "one") as up:
        port = urlsplit(up.is_up()).port or 0
        with house(tmp_path / "two", PORT=str(port)) as second:
            assert second.end() == 1

    assert f"port {port} is in use" in second.everything_said()
    assert f"PORT={port + 1} python3 -m server up" in second.everything_said()


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"PORT": "eighty"}, "PORT must be a number"),
        ({"PORT": "70000"}, "PORT must be a number"),
        ({"HOST": "192.0.2.1"}, "HOST=192.0.2.1"),
        ({"VAR_DIR": "/dev/null/var"}, "Set VAR_DIR"),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    tmp_path: Path, settings: dict[str, str], complaint: str
) -> None:
    with house(tmp_path, **settings) as up:
        assert up.end() == 1

    assert complaint in up.said[-1]


@pytest.mark.parametrize(
    ("settings", "warned"),
    [({}, False), ({"HOST": "localhost"}, False), ({"HOST": "0.0.0.0"}, True)],  # noqa: S104
)
def test_whoever_is_reached_from_outside_without_tls_is_warned(
    tmp_path: Path, settings: dict[str, str], warned: bool
) -> None:
    with house(tmp_path, **settings) as up:
        up.is_up()

        assert up.web()
        assert ("without TLS" in up.everything_said()) is warned


def test_a_redis_of_ones_own_is_used_and_none_is_started(tmp_path: Path, valkey_url: str) -> None:
    with house(tmp_path, REDIS_URL=valkey_url) as up:
        up.is_up()

        assert up.redis_url() == valkey_url
        assert "Starting Valkey" not in up.everything_said()


@pytest.mark.parametrize(
    ("url", "expected"),
    [("", ["web"]), ("sqlite:///x.db", ["web"]), ("postgresql:///x", ["web", "worker"])],
)
def test_jobs_have_a_process_of_their_own_on_postgresql(
    monkeypatch: pytest.MonkeyPatch, url: str, expected: list[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    assert list(supervisor.programs()) == expected
