"""A house on PostgreSQL whose wires can be meddled with, followed by many in Chromium."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from server.browser import chromium
from server.db import Database
from tests.faults.meddled import MODULE
from tests.flow.fixtures import tell
from tests.flow.foundation import Foundation, OnPostgreSQL
from tests.flow.house import house
from tests.lamp.book import Book
from tests.lamp.gate import Gate
from tests.lamp.panel import Panel
from tests.lamp.ways import Scene
from tests.servers import own_postgresql

__all__ = ["tell"]

SOCKETS = "1000"
ANYWHERE = "--disable-features=LocalNetworkAccessChecks"  # the frames' page comes from the test
PORT = ".s.PGSQL.5432"


class Detour:
    """A database that the web process reaches through a pipe of ours, and the test directly."""

    def __init__(self, ground: Foundation, pipe: Path) -> None:
        self.ground = ground
        self.cast = ground.cast
        self.pipe = pipe

    def lay(self, var: Path) -> dict[str, str]:
        self.direct = self.ground.lay(var)["DATABASE_URL"]
        return {"DATABASE_URL": self.direct.replace(str(self.pipe.parent), str(self.pipe))}

    def door(self) -> socket.socket:
        """Where the web process knocks."""
        self.pipe.mkdir()
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        door.bind(str(self.pipe / PORT))
        door.listen()
        return door


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    with ExitStack() as stack:
        server = stack.enter_context(own_postgresql())
        near = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        url = f"http://127.0.0.1:{near.getsockname()[1]}"
        ground = Detour(OnPostgreSQL(server), server.home.path / "pipe")
        pipe = Gate(partial(asyncio.open_unix_connection, str(server.home.path / PORT)))
        stack.enter_context(pipe.at(ground.door()))
        more: Any = {"PUBLIC_URL": url, "SOCKETS_PER_PERSON": SOCKETS}
        heard = stack.enter_context(house(ground, tmp_path, words=(MODULE,), **more))
        wire = Gate(partial(asyncio.open_connection, "127.0.0.1", heard.web.port))
        stack.enter_context(wire.at(near))
        database = stack.enter_context(closing(Database(ground.direct, pool=2)))
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=[ANYWHERE])
            panel = await Panel.open(await browser.new_context(), url, heard.cast.bar)
            yield Scene(heard, panel, Book(database, heard.cast), wire, pipe)
            await browser.close()
