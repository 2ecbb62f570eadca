"""The night after an evening: all is quiet, and everything is held against the invariants."""

from __future__ import annotations

import asyncio
import contextlib
import time
from itertools import pairwise
from operator import itemgetter
from typing import Final

import orjson

from server.events import Audience
from server.people import keys
from server.realtime.protocol import Close
from tests.flow.truth import fingerprint
from tests.invariants import truths
from tests.invariants.desk import Asked
from tests.invariants.evening import Evening
from tests.invariants.watcher import Watcher

LOOK_SECONDS: Final = 0.05


async def judged(evening: Evening) -> list[str]:
    """Every invariant that does not hold once the writing has stopped."""
    await evening.recount()
    await evening.still()
    for board in evening.boards:
        if board.code is None:
            board.recover()
    await settled(evening)
    broken = evening.broken + [
        words for board in evening.boards + evening.left for words in board.broken
    ]
    book = await evening.databases[0].read(lambda s: truths.of_book(s, evening.channel))
    promised = await commands(evening)
    shown = [wrong for board in evening.boards for wrong in await of_board(evening, board)]
    return broken + book + promised + shown + truths.of_stills(evening.stills, evening.past)


async def settled(evening: Evening) -> None:
    """Until every board is as far as the book, or was told to go; but not for ever."""
    epoch, book = await evening.databases[0].read(evening.chapter)
    give_up = time.monotonic() + evening.seconds
    for board in evening.boards:
        gone = not await admitted(evening, board)
        while time.monotonic() < give_up and not at_rest(board, gone, epoch, max(book, default=0)):
            board.stirred.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(board.stirred.wait(), LOOK_SECONDS)


def at_rest(board: Watcher, gone: bool, epoch: str, head: int) -> bool:
    """Whether nothing more is to come to it."""
    answered = not board.false  # a position that cannot be may look like the head
    current = answered and board.epoch == epoch and board.position >= head
    return board.code is not None or (current and not gone)


async def admitted(evening: Evening, board: Watcher) -> bool:
    """Whether whoever watches there may still."""
    return await evening.databases[0].read(lambda s: keys.bearer(s, board.key)) is not None


async def of_board(evening: Evening, board: Watcher) -> list[str]:
    if not await admitted(evening, board):
        gone = board.code == Close.SIGNED_OUT
        return [] if gone else [f"I12 {board.audience} still watches without rights: {board.code}"]
    if board.code is not None:
        expected = board.code in (Close.TOO_SLOW, Close.SIGNED_OUT)
        return [] if expected else [f"I6 {board.audience} was closed with {board.code}"]
    epoch, offset, cards = await evening.databases[0].read(
        lambda s: truths.shown(s, evening.channel, Audience(board.audience))
    )
    wrong = truths.of_board(board, evening.past)
    if board.false:
        wrong.append(f"I10 {board.audience} came with a position that cannot be, and kept it")
    if (board.epoch, board.position) != (epoch, offset):
        at = f"{board.epoch}:{board.position} instead of {epoch}:{offset}"
        wrong.append(f"I6 {board.audience} rests at {at}")
    elif board.hash != fingerprint(cards.values()):
        wrong.append(f"I6 {board.audience} is not as the database")
    return wrong


async def commands(evening: Evening) -> list[str]:
    """I2, I14 and I15, from what was answered."""
    epoch, _ = await evening.databases[0].read(evening.chapter)
    where = {change(thing): offset for offset, thing in evening.past.get(epoch, {}).items()}
    saved: dict[tuple[str, int], Asked] = {}
    wrong = []
    for asked in evening.asked:
        if asked.answer and asked.answer.status < 300 and b'"noop":false' in asked.answer.body:
            one = change(asked.answer.body)
            if one in saved:
                wrong.append(f"I15 {one} is the effect of two commands")
            if one not in where:
                wrong.append(f"I14 {one} was answered as saved and is not in the book")
            saved[one] = asked
    return wrong + in_order([(where[one], asked) for one, asked in saved.items() if one in where])


def in_order(found: list[tuple[int, Asked]]) -> list[str]:
    """I2: whoever began after another was over comes after it."""
    found.sort(key=itemgetter(0))
    return [
        f"I2 {other} was over before {one} began"
        for (one, earlier), (other, later) in pairwise(found)
        if later.ended < earlier.began
    ]


def change(body: bytes) -> tuple[str, int]:
    """Which version of which order."""
    told = orjson.loads(body)
    return told["id"], told["version"]
