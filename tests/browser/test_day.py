"""A day at a bar: three staff pages and a customer's, flags, undo, scans, and one page offline.

In the end every page equals the database, every tap has exactly one stored answer, and what each
page lists as refused is what was answered with 409 or 412.
"""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Locator, Page, Request, expect

from tests.browser.boards import Board, Card, Shop, Visit
from tests.browser.conftest import Served
from tests.browser.figures import Figures
from tests.browser.outages import STALE_MILLISECONDS, chip
from tests.browser.scanners import code, scans
from tests.browser.serving import CHUNK, Wire, prepared, served
from tests.browser.test_flags import ask

pytestmark = pytest.mark.browser

FAR: Final = "Far away"  # the device whose wire is cut
QUEUED: Final = 20
RETRY_MILLISECONDS: Final = 15_000  # the longest pause between two tries
DRAWN: Final = 50  # a board draws the rest when it is scrolled to
SETTLED_MILLISECONDS: Final = 60_000
PRESS: Final = """
(key) => document.querySelector(`#orders > .row[data-key="${key}"] .row__next`)?.click()
"""
SHOWN: Final = """
async () => {
  const { cards } = await import('heard/cards');
  const standing = ({ id, version, stage }) => [id, [version, stage]];
  return Object.fromEntries([...cards.values()].map(standing));
}
"""
ROWS: Final = """
() => Object.fromEntries([...document.querySelectorAll('#orders > .row')]
  .map((row) => [row.dataset.key, row.querySelector('[data-f="label"]').textContent]))
"""
REFUSED: Final = """
async () => {
  const { taps } = await import('heard/taps');
  return taps.list.filter(({ refusal }) => refusal).map(({ key }) => key);
}
"""
WAITING: Final = """
async () => {
  const { taps } = await import('heard/taps');
  return taps.list.filter(({ refusal }) => !refusal).length;
}
"""


class Fork(Wire):
    """A wire that can be cut for one device only, known by its User-Agent."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.far: set[asyncio.StreamWriter] = set()
        self.far_whole = True

    async def pass_on(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        first = await near.read(CHUNK)
        distant = FAR.encode() in first
        if not first or (distant and not self.far_whole):
            answer.close()
            return
        ahead, ask = await asyncio.open_connection("127.0.0.1", self.upstream)
        ask.write(first)
        ends = {answer, ask}
        self.ends |= ends
        if distant:
            self.far |= ends
        await asyncio.gather(self.pump(near, ask), self.pump(ahead, answer))
        self.ends -= ends
        self.far -= ends

    def part(self) -> None:
        """The far device loses its connection."""
        self.far_whole = False
        for end in self.far:
            end.transport.abort()

    def join(self) -> None:
        self.far_whole = True


class Hand:
    """A staff page, and the keys of all that was tapped there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.board = Board(page)
        self.keys: set[str] = set()
        page.on("request", self.note)

    def note(self, request: Request) -> None:
        if key := request.headers.get("idempotency-key"):
            self.keys.add(key)

    async def press(self, card: Card) -> None:
        await self.page.evaluate(PRESS, card["id"])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Path]]:
    """A Heard of this file's own."""
    with ExitStack() as stack:
        near = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        url = f"http://127.0.0.1:{near.getsockname()[1]}"
        var = tmp_path_factory.mktemp("day")
        settings, cast, bars = prepared(var, url)
        web = stack.enter_context(served(settings))
        yield Served(url, web.port, cast, bars, settings, near), var / "heard.db"


@pytest.fixture
async def fork(house: tuple[Served, Path]) -> AsyncIterator[Fork]:
    heard, _ = house
    wire = Fork(heard.port)
    listening = await asyncio.start_server(wire.pass_on, sock=heard.near.dup())
    yield wire
    wire.cut()
    listening.close()


@pytest.mark.parametrize(
    ("orders", "a_second", "offline_seconds"),
    [
        pytest.param(60, 6.0, 12.0, marks=pytest.mark.timeout(180)),
        pytest.param(300, 1.0, 300.0, marks=[pytest.mark.long, pytest.mark.timeout(900)]),
    ],
)
async def test_a_day(
    house: tuple[Served, Path],
    fork: Fork,
    browser: Browser,
    figures: Figures,
    orders: int,
    a_second: float,
    offline_seconds: float,
) -> None:
    heard, file = house
    visit = Visit(browser, heard.url)
    async with Shop.open(heard.port, heard.cast.shop_token, heard.cast.bar) as shop:
        early = [await shop.place(f"Early {number}") for number in range(QUEUED + 10)]
        where = f"/board?location={shop.location}&stage=all"
        ana = Hand(await visit.page(where + "&sort=-placed_at", "Ana"))
        ben = Hand(await visit.page(where, "Ben"))
        dan = Hand(await visit.page(where, "Dan", user_agent=FAR))
        hands = (ana, ben, dan)
        for hand in hands:
            await hand.board.live()
        customer = await visit.stranger()
        await customer.goto(str((await shop.get(f"/orders/{early[0]['id']}/qr"))["page"]))

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(placing(shop, orders - len(early), a_second, ana))
            tasks.create_task(flags_and_undo(ben, early[-5:], shop))
            tasks.create_task(away(dan, fork, early[:QUEUED], offline_seconds))
            tasks.create_task(meddling(ana, shop, early[:QUEUED]))
        await scanned(ben, shop, early[-6])

        truth = await settled(hands, shop)
        await equal(hands, truth)
        stage = truth[early[0]["id"]][1].capitalize()
        await expect(customer.locator("#stage")).to_have_text(stage)
        stored = answers(file)
        refused = [await judged(hand, stored) for hand in hands]
    taps = [len(hand.keys) for hand in hands]
    figures.note(f"a day of {orders} orders: taps", sum(taps))
    figures.note("of those refused, and listed as such", sum(refused))
    assert refused[-1] > 0  # Dan came back to orders that others had ended
    await visit.end()


async def placing(shop: Shop, count: int, a_second: float, hand: Hand) -> None:
    """Orders come in, and one page moves the most of them on."""
    for number in range(count):
        card = await shop.place(f"Guest {number:03}")
        if number % 3:
            await expect(hand.board.row(card)).to_be_attached()
            await hand.press(card)
        await asyncio.sleep(1 / a_second)


async def flags_and_undo(hand: Hand, cards: list[Card], shop: Shop) -> None:
    """Flag three orders, resolve one of them, move one on and take it back."""
    board = hand.board
    for card in cards[:3]:
        dialog = await ask(board, card)
        await dialog.get_by_label("Full refund").check()
        await dialog.get_by_role("button", name="Flag order").click()
        await expect(board.row(card).locator(".row__flag")).to_be_visible()
    await resolve(board, cards[0])
    await board.press(board.next(cards[3]))
    await board.press(board.row(cards[3]).locator(".row__undo"))
    await board.settled(cards[3])
    told = await shop.get(f"/orders/{cards[3]['id']}")
    assert told["history"][-1]["kind"] == "order.undone"


async def resolve(board: Board, card: Card) -> None:
    await board.row(card).locator(".row__who").click()
    drawer = board.page.locator("#drawer")
    await board.press(drawer.get_by_role("button", name="Resolve"))
    dialog: Locator = board.page.locator("#ask-resolve")
    await dialog.get_by_label("Refunded in full").check()
    await dialog.get_by_label("Note").fill("Money is back")
    await dialog.get_by_role("button", name="Resolve").click()
    await expect(drawer.locator(".details__state")).to_contain_text("Resolved")
    await board.page.keyboard.press("Escape")


async def away(hand: Hand, fork: Fork, cards: list[Card], seconds: float) -> None:
    """Move them all without a connection, and come back much later."""
    fork.part()
    stale = expect(hand.board.lamp)
    await stale.to_have_attribute("data-state", "stale", timeout=STALE_MILLISECONDS)
    for card in cards:
        await hand.press(card)
    await expect(chip(hand.page)).to_contain_text(f"{len(cards)} changes waiting")
    await asyncio.sleep(seconds)
    fork.join()
    await expect(hand.board.lamp).to_have_attribute(
        "data-state", "live", timeout=STALE_MILLISECONDS + RETRY_MILLISECONDS
    )


async def meddling(hand: Hand, shop: Shop, cards: list[Card]) -> None:
    """Meanwhile others cancel some of them, and move some on."""
    await expect(hand.board.rows.first).to_be_attached()
    for number, card in enumerate(cards):
        if number % 5 == 1:
            await shop.move(card, "cancelled", reason="too_busy", seen=1)
        elif number % 5 == 2:
            await shop.move(card, "fulfilled")


async def scanned(hand: Hand, shop: Shop, card: Card) -> None:
    """Hand an order over by its QR code."""
    await scans(hand.page, await code(shop, card))
    over = hand.page.get_by_role("button", name=f"Hand over {card['code']}")
    async with hand.page.expect_response("**/advance"):
        await hand.board.press(over)
    await hand.page.keyboard.press("Escape")


async def settled(hands: tuple[Hand, ...], shop: Shop) -> dict[str, list[Any]]:
    """Wait until nothing is on its way; the board as the database has it."""
    for hand in hands:
        await hand.page.wait_for_function(
            f"async () => (await ({WAITING})()) === 0", timeout=SETTLED_MILLISECONDS
        )
    board = await shop.get(f"/locations/{shop.location}/board")
    return {card["id"]: [card["version"], card["stage"]] for card in board["orders"]}


async def equal(hands: tuple[Hand, ...], truth: dict[str, list[Any]]) -> None:
    """Each page knows exactly what the database has, and its rows say it."""
    for hand in hands:
        await hand.board.leave()
        if await hand.page.locator("#waiting").is_visible():
            await hand.page.locator("#waiting").click()
        async with asyncio.timeout(10):
            while await hand.page.evaluate(SHOWN) != truth:
                await hand.board.frame()
        rows = await hand.page.evaluate(ROWS)
        labels = {key: stage.capitalize() for key, (_, stage) in truth.items()}
        assert rows == {key: label for key, label in labels.items() if key in rows}
        pending = [stage for _, stage in truth.values() if stage == "pending"]
        assert len(rows) >= min(len(pending), DRAWN)


def answers(file: Path) -> dict[str, int]:
    """Each key that was ever answered, and how."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as base:
        found = base.execute("SELECT key, status FROM stored_answer").fetchall()
    assert len(found) == len({key for key, _ in found})
    return dict(found)


async def judged(hand: Hand, stored: dict[str, int]) -> int:
    """Every tap has one answer, and the refused ones are those listed; how many those are."""
    assert hand.keys <= stored.keys()
    refused = {key for key in hand.keys if stored[key] in (409, 412)}
    assert set(await hand.page.evaluate(REFUSED)) == refused
    assert all(stored[key] < 300 for key in hand.keys - refused)
    return len(refused)
