"""The real `up`: what dies under it is mended, and killed itself it leaves nothing behind."""

import os
import re
import signal
import socket
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from httpx2 import Client

from tests.flow import memory
from tests.flow.fixtures import Tell
from tests.flow.programs import ready
from tests.flow.up import Up, up
from tests.launch.processes import alive, wait_until

LEFTOVERS_SECONDS: Final = 2.0
MENDED_SECONDS: Final = 30.0
ORDERS: Final = 25
UNIX_SOCKET: Final = re.compile(r"unixsocket:(\S+)")


def test_a_killed_web_comes_back_and_a_killed_up_leaves_nothing_behind(
    tmp_path: Path, tell: Tell
) -> None:
    with up(tmp_path / "var") as running:
        key = running.key()
        running.command("simulate", "--rate", "0", "--count", str(ORDERS), "--key", key)
        killed = web_of(running)
        os.kill(killed, signal.SIGKILL)
        start = time.monotonic()
        wait_until(lambda: alive_again(running, killed), MENDED_SECONDS)
        tell(f"a killed web answers again after {time.monotonic() - start:.1f} s")
        assert orders_at(running, key) == ORDERS

        left = memory.family(running.program.pid)
        assert {"up", "web", "valkey-server"} <= {memory.name(pid) for pid in left}
        unix_socket = Path(UNIX_SOCKET.findall(" ".join(map(memory.command, left)))[0])
        running.program.kill()
        wait_until(lambda: not any(map(alive, left)), LEFTOVERS_SECONDS)
        assert not taken(running.url)
        assert not unix_socket.exists()

    start = time.monotonic()
    with up(tmp_path / "var", PORT=running.port) as again:
        tell(f"the next `up` is there after {time.monotonic() - start:.1f} s")
        assert again.url == running.url
        assert orders_at(again, key) == ORDERS


def web_of(running: Up) -> int:
    """The web process under it; 0 between two lives."""
    found = [pid for pid in memory.family(running.program.pid) if memory.name(pid) == "web"]
    return found[0] if found else 0


def alive_again(running: Up, killed: int) -> bool:
    return web_of(running) not in (0, killed) and ready(running.url)


def orders_at(running: Up, key: str) -> int:
    """How many orders it knows."""
    headers = {"Authorization": f"Bearer {key}"}
    with Client(base_url=running.url, headers=headers, timeout=20, trust_env=False) as client:
        count = client.get("/api/v1/orders/count").json()
        return int(count["active"] + count["completed"])


def taken(url: str) -> bool:
    """Whether somebody listens there."""
    place = urlsplit(url)
    with socket.socket() as caller:
        return caller.connect_ex((place.hostname or "", place.port or 0)) == 0
