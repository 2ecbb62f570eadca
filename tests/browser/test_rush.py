"""Many orders, several pages, everybody moving them: from the commit to the painted row."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple

import pytest
from websockets.asyncio.client import connect

from tests.browser.boards import Board, Card, Shop, Visit
from tests.browser.conftest import Served
from tests.browser.figures import Figures

pytestmark = pytest.mark.browser

PAGES: Final = 3
A_SECOND: Final = 5  # orders placed meanwhile
BETWEEN_SECONDS: Final = 0.5  # a hand needs that long from one order to the next
PAINT_MILLISECONDS: Final = 150
PATIENCE: Final = 30.0

# Offsets as they arrive; when a row first stood painted with a label, in ms since 1970.
LISTEN: Final = """
window.offsets = [];
const Plain = WebSocket;
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', ({ data }) => {
      const said = JSON.parse(data);
      if (said.event) window.offsets.push(said.offset);
    });
  }
};
"""
WATCH: Final = """
() => {
  window.painted = {};
  const rows = document.getElementById('orders');
  const note = (changes) => {
    const touched = new Set(changes.flatMap(({ target, addedNodes }) =>
      target === rows ? [...addedNodes] : [target.parentElement?.closest('.row')]));
    const shown = [...touched].filter((row) => row?.isConnected && row.dataset.key).map((row) =>
      `${row.dataset.key} ${row.querySelector('[data-f="label"]').textContent}`);
    requestAnimationFrame(() => setTimeout(() => {
      const now = performance.timeOrigin + performance.now();
      for (const what of shown) window.painted[what] ??= now;
    }));
  };
  new MutationObserver(note).observe(rows, { childList: true, subtree: true, characterData: true });
}
"""
PRESS: Final = """
(key) => document.querySelector(`#orders > .row[data-key="${key}"] .row__next`).click()
"""


class Heard(NamedTuple):
    """An event as a program hears it."""

    offset: int
    what: str  # the order's id and the label of its stage
    at: float  # of the commit, in milliseconds since 1970


@pytest.mark.timeout(120)
async def test_every_page_sees_every_order_and_move_once_and_in_order(
    visit: Visit, shop: Shop, heard: Served, figures: Figures
) -> None:
    await rush(visit, shop, heard, figures, orders=60, moves=30)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_with_five_hundred_rows_a_move_is_painted_at_once(
    visit: Visit, shop: Shop, heard: Served, figures: Figures
) -> None:
    slow = await rush(visit, shop, heard, figures, orders=500, moves=300)

    assert slow <= PAINT_MILLISECONDS


async def rush(
    visit: Visit, shop: Shop, heard: Served, figures: Figures, *, orders: int, moves: int
) -> float:
    """Pages move orders while others are placed; the 95th of a hundred delays, in milliseconds."""
    cards = await shop.places(orders)
    boards = [await watching(visit, shop) for _ in range(PAGES)]
    async with listening(heard, shop.location) as events:
        async with asyncio.TaskGroup() as tasks:
            placing = tasks.create_task(keep_placing(shop))
            await asyncio.gather(
                *(press(board, cards[n:moves:PAGES]) for n, board in enumerate(boards))
            )
            placing.cancel()
        last = await told(events, shop)
    for board in boards:
        offsets = await caught_up(board, last)
        assert offsets == [event.offset for event in events]
    delays = sorted([delay for board in boards for delay in await painted(board, events)])
    assert len(delays) >= moves * PAGES  # what was placed while a list was held is not painted yet
    figures.note(f"L4 {orders} rows: commit to paint, median ms", delays[len(delays) // 2])
    slow = delays[int(len(delays) * 0.95)]
    figures.note(f"L4 {orders} rows: commit to paint, p95 ms", slow)
    return slow


async def watching(visit: Visit, shop: Shop) -> Board:
    """A board that notes what arrives and when it is painted."""
    page = await visit.stranger()
    await page.add_init_script(LISTEN)
    board = Board(page)
    await visit.sign_in(page, f"/board?location={shop.location}")
    await board.live()
    await page.evaluate(WATCH)
    return board


@asynccontextmanager
async def listening(heard: Served, location: int) -> AsyncIterator[list[Heard]]:
    """What a program hears meanwhile."""
    events: list[Heard] = []
    headers = {"Authorization": f"Bearer {heard.cast.shop_token}"}
    url = f"ws://127.0.0.1:{heard.port}/live"
    async with connect(url, subprotocols=["heard.v1"], additional_headers=headers) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"subscribe": f"location:{location}"}))
        while "snapshot" not in json.loads(await socket.recv()):
            continue

        async def listen() -> None:
            async for said in socket:
                event = json.loads(said)
                if "event" in event:
                    what = f"{event['order']['id']} {event['order']['label']}"
                    at = datetime.fromisoformat(event["at"]).timestamp() * 1000
                    events.append(Heard(event["offset"], what, at))

        listener = asyncio.create_task(listen())
        yield events
        listener.cancel()


async def keep_placing(shop: Shop) -> None:
    for number in itertools.count():
        await shop.place(f"Latecomer {number}")
        await asyncio.sleep(1 / A_SECOND)


async def press(board: Board, cards: list[Card]) -> None:
    """Press the next-stage button of each, as quickly as a hand can."""
    for card in cards:
        await board.page.evaluate(PRESS, card["id"])
        await asyncio.sleep(BETWEEN_SECONDS)


async def told(events: list[Heard], shop: Shop) -> int:
    """Wait until the program has heard everything; the last offset."""
    head: int = (await shop.get(f"/locations/{shop.location}/board"))["offset"]
    async with asyncio.timeout(PATIENCE):
        while not events or events[-1].offset < head:  # noqa: ASYNC110  # the socket fills it
            await asyncio.sleep(0.05)
    return head


async def caught_up(board: Board, last: int) -> list[int]:
    """The offsets a page has heard, once it has heard the last."""
    await board.page.wait_for_function("(last) => window.offsets.at(-1) >= last", arg=last)
    offsets: list[int] = await board.page.evaluate("window.offsets")
    return offsets


async def painted(board: Board, events: list[Heard]) -> list[float]:
    """How long after its commit each event stood painted on a page."""
    await board.frame()
    shown: dict[str, Any] = await board.page.evaluate("window.painted")
    return [shown[event.what] - event.at for event in events if event.what in shown]
