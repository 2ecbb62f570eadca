"""Boards in one network namespace, the server in another, and the cable between them pulled out.

Run as `unshare -n python -m tests.faults.island VAR TOKEN LOCATION SECONDS`; prints its figures as
JSON. Nothing outside its own two namespaces is touched.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import orjson

from server.db import Database
from server.events import Audience
from server.simulation.client import Client
from tests.callers import order
from tests.faults.readers import sockets
from tests.faults.witness import Witness
from tests.flow.board import Board
from tests.flow.house import WEB, truth
from tests.flow.programs import Program, chosen, ready
from tests.flow.truth import Truth
from tests.launch.processes import PROC, wait_until

SERVER, BOARDS, PORT = "10.77.0.1", "10.77.0.2", "8123"
NETWORK_NAMESPACE: Final = 0x40000000
WITNESSES: Final = ("staff", "display", "pickup", "staff")
PER_SECOND: Final = 4
PATIENCE: Final = 60.0


class Island:
    """A server at home, and a place abroad to look at it from."""

    def __init__(self, var: Path, token: str, location: int) -> None:
        self.var = var
        self.token = token
        self.location = location
        self.over = threading.Event()
        self.url = f"http://{SERVER}:{PORT}"
        settings = {"HOST": SERVER, "PORT": PORT, "VAR_DIR": str(var)}
        self.web = Program(WEB, settings, var / "web.log")
        self.abroad = subprocess.Popen([program("unshare"), "-n", program("sleep"), "600"])
        self.database = Database(chosen({"VAR_DIR": str(var)}).database, pool=1)

    def lay_cable(self) -> None:
        home = os.readlink(PROC / "self/ns/net")  # noqa: PTH115
        there = PROC / f"{self.abroad.pid}/ns/net"
        wait_until(lambda: os.readlink(there) != home, 10)  # noqa: PTH115
        ip("link", "set", "lo", "up")
        ip("link", "add", "near", "type", "veth", "peer", "name", "far")
        ip("link", "set", "far", "netns", str(self.abroad.pid))
        ip("addr", "add", f"{SERVER}/30", "dev", "near")
        ip("link", "set", "near", "up")
        self.ip_abroad("addr", "add", f"{BOARDS}/30", "dev", "far")
        self.ip_abroad("link", "set", "far", "up")

    def ip_abroad(self, *words: str) -> None:
        there = [program("nsenter"), "-t", str(self.abroad.pid), "-n"]
        subprocess.run([*there, program("ip"), *words], check=True)

    def go_abroad(self) -> None:
        """Whatever this thread opens from here on is abroad."""
        with (PROC / f"{self.abroad.pid}/ns/net").open() as namespace:
            libc = ctypes.CDLL(None, use_errno=True)
            assert libc.setns(namespace.fileno(), NETWORK_NAMESPACE) == 0, ctypes.get_errno()

    def orders_come_in(self) -> None:
        """At home, cable or not."""

        async def place() -> None:
            client, number = Client(self.url, self.token), 0
            while not self.over.is_set():
                number += 1
                wish = order(self.location, external_id=f"{number}")
                assert (await client.place(wish)).is_success
                await asyncio.sleep(1 / PER_SECOND)
            await client.close()

        asyncio.run(place())

    def truth(self, audience: str) -> Truth:
        return self.database.read_now(lambda s: truth(s, self.location, Audience(audience)))


async def watched(island: Island, seconds: float) -> dict[str, Any]:
    """Pull the cable, put it back, and see what boards and server made of it."""
    name, key = f"location:{island.location}", {"Authorization": f"Bearer {island.token}"}
    live = f"ws://{SERVER}:{PORT}/live"
    async with AsyncExitStack() as stack:
        boards = [Witness(live, name, audience, headers=key) for audience in WITNESSES]
        for board in boards:
            await stack.enter_async_context(board)
            await board.until(lambda b: b.shown)  # the crew is connected as well
        usual = sockets(island.web) - len(boards)
        began = time.monotonic()
        island.ip_abroad("link", "set", "far", "down")
        dark = freed = 0.0
        while time.monotonic() < began + seconds:
            await asyncio.sleep(0.05)
            since = time.monotonic() - began
            dark = dark or since * all(board.lamp != "live" for board in boards)
            freed = freed or since * (sockets(island.web) <= usual)
        island.ip_abroad("link", "set", "far", "up")
        mended = time.monotonic()
        for board in boards:
            await board.until(back_and_live, PATIENCE)
        connected = time.monotonic() - mended
        island.over.set()
        wrong = [w for board in boards for w in await judged(island, board)]
        caught_up = max(took for board in boards for took in board.caught_up)
        return {
            "dark": dark, "freed": freed, "connected": connected, "caught_up": caught_up,
            "wrong": wrong,
        }  # fmt: skip


def back_and_live(board: Board) -> bool:
    assert isinstance(board, Witness)
    return board.connects == 2 and board.lamp == "live"


async def judged(island: Island, board: Witness) -> list[str]:
    await asyncio.sleep(1)  # the last order may still be on its way
    seen = island.truth(board.audience)
    await board.until(lambda b: b.position.offset >= seen.offset, PATIENCE)
    return board.faults() + board.differences(seen)


def ip(*words: str) -> None:
    subprocess.run([program("ip"), *words], check=True)


def program(name: str) -> str:
    """Where it is."""
    found = shutil.which(name)
    assert found, name
    return found


def main(var: str, token: str, location: str, seconds: str) -> None:
    island = Island(Path(var), token, int(location))
    writing = threading.Thread(target=island.orders_come_in)
    try:
        island.lay_cable()
        island.web.start()
        island.web.wait(lambda: ready(island.url))
        writing.start()
        island.go_abroad()
        sys.stdout.write(orjson.dumps(asyncio.run(watched(island, float(seconds)))).decode())
    finally:
        island.over.set()
        if writing.ident:
            writing.join(10)
        island.web.kill()
        island.abroad.kill()
        island.abroad.wait()
        island.database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
