"""A board without a connection: what tests do to it, and what the device has kept."""

import asyncio
from typing import Any, Final

from playwright.async_api import Locator, Page, expect

from tests.browser.boards import Board, Shop, Visit
from tests.browser.serving import Wire

STALE_MILLISECONDS: Final = 12_000
SENT_MILLISECONDS: Final = 20_000
KEPT: Final = """
async () => {
  await navigator.serviceWorker.ready;
  const { recall } = await import('heard/store');
  for (let tries = 0; tries < 200; tries += 1) {
    const [name] = (await caches.keys()).filter((each) => each.startsWith('heard-'));
    const cache = name && (await caches.open(name));
    if (cache && (await cache.match('/shell')) && (await recall())) return true;
    await new Promise((done) => setTimeout(done, 50));
  }
  return false;
}
"""
STORED: Final = """
async () => {
  const { transact, got } = await import('heard/store');
  const names = ['taps', 'boards', 'cards', 'frames'];
  return transact(names, 'readonly', async (stores) =>
    Object.fromEntries(await Promise.all(
      names.map(async (name) => [name, await got(stores[name].count())]))));
}
"""


async def lasting(visit: Visit, shop: Shop, **context: Any) -> Board:
    """A board that can be loaded again without a connection."""
    board = await visit.board(shop.location, service_workers="allow", **context)
    assert await board.page.evaluate(KEPT)
    return board


async def off(board: Board, wire: Wire) -> None:
    """Cut the wire once the page has all its scripts, and wait until it knows."""
    await board.page.wait_for_load_state("networkidle")
    wire.cut()
    await expect(board.lamp).to_have_attribute("data-state", "stale", timeout=STALE_MILLISECONDS)


async def on(board: Board, wire: Wire) -> None:
    """Mend it, and wait until all is current."""
    wire.mend()
    await board.page.evaluate("dispatchEvent(new Event('online'))")
    await board.live()


async def sent(page: Page) -> None:
    """Nothing waits any more."""
    await expect(chip(page)).to_be_hidden(timeout=SENT_MILLISECONDS)


def chip(page: Page) -> Locator:
    return page.locator("#outbox-chip")


async def stored(page: Page) -> dict[str, int]:
    """How many of each the device keeps."""
    counts: dict[str, int] = await page.evaluate(STORED)
    return counts


async def arrived(shop: Shop, ref: str, *stages: str) -> None:
    """The order was moved to these stages, and to no others."""
    async with asyncio.timeout(SENT_MILLISECONDS / 1000):
        while await moves(shop, ref) != list(stages):
            continue


async def moves(shop: Shop, ref: str) -> list[str]:
    """The stages that an order was moved to, by its history."""
    told = await shop.get(f"/orders/{ref}")
    return [entry["to"] for entry in told["history"] if entry["kind"] == "order.advanced"]
