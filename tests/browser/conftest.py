"""Chromium, a server for it, and somebody who places orders meanwhile."""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, async_playwright, expect

from server.browser import chromium
from server.settings import Settings
from tests.browser.boards import PATIENCE, Board, Shop, Visit
from tests.browser.figures import Figures
from tests.browser.island import Island
from tests.browser.languages import LANGUAGES, spoken
from tests.browser.serving import Wire, prepared, served, wired
from tests.cast import Cast

expect.set_options(timeout=PATIENCE)


@dataclass
class Served:
    """A running Heard: its address for browsers, its port for machines, its people."""

    url: str
    port: int
    cast: Cast
    bars: list[int]
    settings: Settings
    near: socket.socket = field(repr=False)


@pytest.fixture(scope="session")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with ExitStack() as stack:
        near = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        url = f"http://127.0.0.1:{near.getsockname()[1]}"
        settings, cast, bars = prepared(tmp_path_factory.mktemp("var"), url)
        web = stack.enter_context(served(settings))
        yield Served(url, web.port, cast, bars, settings, near)


@pytest.fixture(scope="session")
async def wire(heard: Served) -> AsyncIterator[Wire]:
    async with wired(heard.near, heard.port) as wire:
        yield wire


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium())
        yield launched
        await launched.close()


@pytest.fixture
async def shop(heard: Served) -> AsyncIterator[Shop]:
    """A shop that places orders at a bar of this test's own, and moves them like a machine."""
    ready = heard.bars.pop() if heard.bars else 0
    async with Shop.open(heard.port, heard.cast.shop_token, ready) as shop:
        shop.location = ready or await shop.bar()
        yield shop


@pytest.fixture
async def visit(browser: Browser, heard: Served, wire: Wire) -> AsyncIterator[Visit]:
    """Opens pages; whatever a page complains about fails the test."""
    wire.mend()
    visit = Visit(browser, heard.url)
    yield visit
    await visit.end()


@pytest.fixture
async def board(visit: Visit, shop: Shop) -> Board:
    """Ana's board of the shop's bar, on a tablet's screen, live."""
    return await visit.board(shop.location)


@pytest.fixture
async def island(visit: Visit, heard: Served) -> AsyncIterator[Island]:
    """The island, which is afterwards as it was."""
    island = Island(visit, heard.cast.island, await visit.page("/account", "Cora"))
    yield island
    await island.usual()


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest, heard: Served) -> Iterator[str]:
    """Harbour speaks it for as long as the test runs."""
    name: str = request.param
    with spoken(heard.settings, heard.cast.harbour, name):
        yield name


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Figures:
    return Figures(record_property)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was measured, below the results."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    noted = [figure for report in reports for figure in report.user_properties]
    if noted:
        terminalreporter.section("figures")
    for name, value in noted:
        terminalreporter.write_line(f"{name}: {value}")
