"""A board as any audience has it: it follows a channel the way web/static/js/stream.js does."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, NoReturn, Self

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from server.realtime.protocol import SUBPROTOCOL
from tests.contract import fits, keeps_to_asyncapi
from tests.flow.hand import Hand
from tests.flow.planted import leaks
from tests.flow.position import Piece, Position
from tests.flow.truth import Card, Truth, fingerprint, still_open

PATIENCE: Final = 30.0
TICK_SECONDS: Final = 1.0
SILENCE_SECONDS: Final = 15.0
SOUNDING_SECONDS: Final = 2.5
ABNORMAL: Final = 1006
RESTARTING: Final = (1001, 1012, 4002)
FINAL: Final = 4500
SEEN_AS: Final = {"staff": "Card", "display": "OnDisplay", "pickup": "AtPickup"}


@dataclass(frozen=True, slots=True)
class Shown:
    """An event as it was put on the board."""

    epoch: str
    offset: int
    kind: str
    thing: str
    at: str  # by the server, just before it was committed
    heard: float  # by our clock


class Board:
    """One socket after another; `cards` is what a person would see.

    A forgetful one asks for nothing that it missed: the protection off, for control runs.
    """

    def __init__(
        self,
        address: str,
        channel: str,
        audience: str = "staff",
        *,
        headers: Mapping[str, str],
        forgetful: bool = False,
        checked: bool = False,
        longest_pause: float = 1.0,
    ) -> None:
        self.address = address
        self.channel = channel
        self.audience = audience
        self.headers = headers
        self.forgetful = forgetful
        self.checked = checked
        self.longest_pause = longest_pause
        self.position = Position()
        self.hand = Hand(audience)
        self.head = 0
        self.rights: list[str] = []
        self.shown: list[Shown] = []
        self.leaked: list[str] = []
        self.overtaken = 0  # events that brought a card no newer than the one there
        self.connects = 0
        self.snapshots = 0
        self.closes: list[int] = []
        self.ended: int | None = None
        self.heard_at = time.monotonic()
        self.sounded_at = 0.0  # all that was sent until then has come
        self.sounding: float | None = None  # when the ping was sent that is not yet answered
        self.stirred = asyncio.Event()

    def __repr__(self) -> str:
        at = f"{self.position.epoch}:{self.position.offset} of {self.head}"
        life = f"{self.connects} connects, {self.snapshots} snapshots, closed {self.closes}"
        return f"<{self.audience} of {self.channel} at {at}, {life}, ended {self.ended}>"

    async def __aenter__(self) -> Self:
        """Open it; it has its snapshot, or was sent away for good."""
        self.task = asyncio.create_task(self.run())
        await self.until(lambda board: board.position.known or board.ended)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task

    # what tests ask

    @property
    def cards(self) -> dict[str, Card]:
        return self.hand.cards

    @property
    def offsets(self) -> list[int]:
        """Those of the events that were shown."""
        return [shown.offset for shown in self.shown]

    async def until(self, condition: Callable[[Board], object], seconds: float = PATIENCE) -> None:
        """Wait for what is heard, not for time to pass."""
        give_up = time.monotonic() + seconds
        while not condition(self):
            if self.task.done():
                self.task.result()
            self.stirred.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, give_up - time.monotonic())):
                    await self.stirred.wait()
            assert condition(self) or time.monotonic() < give_up, f"in vain: {self}"

    def differences(self, truth: Truth) -> list[str]:
        """What is not as the database has it."""
        wrong = []
        if (self.position.epoch, self.position.offset) != (truth.epoch, truth.offset):
            wrong.append(f"{self} is not at {truth.epoch}:{truth.offset}")
        stale = [id for id, card in self.cards.items() if truth.orders.get(id) != card]
        if stale:
            wrong.append(f"{self}: {len(stale)} cards are not as they are")
        if self.comparable(self.cards) != self.comparable(truth.board):
            wrong.append(f"{self}: {len(self.cards)} cards where {len(truth.board)} should be")
        if self.audience == "staff" and self.hand.counts != truth.counts:
            wrong.append(f"{self}: counts are {self.hand.counts}, not {truth.counts}")
        return wrong

    def comparable(self, cards: Mapping[str, Card]) -> str:
        """The hash of all cards; pick-up screens are not told which orders ended last."""
        return fingerprint(
            still_open(cards.values()) if self.audience == "pickup" else cards.values()
        )

    def faults(self) -> list[str]:
        """What must never have happened on the way."""
        twice = len(self.shown) - len({(shown.epoch, shown.offset) for shown in self.shown})
        counted = {
            "events were shown twice": twice,
            "events came again": self.position.repeated,
            "times there was a gap": self.position.gaps,
            "cards came that were not newer": self.overtaken,
            "frames told who the customer is": len(self.leaked),
        }
        return [f"{self}: {number} {what}" for what, number in counted.items() if number]

    # its life

    async def run(self) -> None:
        failures = 0
        while True:
            connects = self.connects
            self.closes.append(await self.once())
            if FINAL <= self.closes[-1] < 5000:
                break
            failures = 0 if self.connects > connects else failures + 1
            self.stirred.set()
            await asyncio.sleep(random.uniform(0, self.pause(failures)))  # noqa: S311
        self.ended = self.closes[-1]
        self.stirred.set()

    def pause(self, failures: int) -> float:
        usual = 3.0 if self.closes[-1] in RESTARTING else 0.5 * 2 ** min(failures, 5)
        return min(usual, self.longest_pause)

    async def once(self) -> int:
        """One socket, until it closes; the code that it closes with."""
        try:
            async with connect(
                self.address,
                subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]
                additional_headers=self.headers,
                compression=None,
                ping_interval=None,
                open_timeout=PATIENCE,
                close_timeout=1,
                max_size=2**20,
                proxy=None,
            ) as socket:
                self.connects += 1
                self.heard_at = time.monotonic()
                self.sounding = None
                await self.converse(socket)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else ABNORMAL
        except (OSError, EOFError, InvalidHandshake):
            return ABNORMAL

    async def converse(self, socket: ClientConnection) -> NoReturn:
        await self.say(socket, self.position.ask(anew=self.forgetful))
        while True:
            try:
                async with asyncio.timeout(TICK_SECONDS):
                    self.hear(await socket.recv())
            except TimeoutError:
                if time.monotonic() - self.heard_at > SILENCE_SECONDS:
                    raise
            if question := self.position.question():
                await self.say(socket, question)
            await self.sound(socket)

    async def sound(self, socket: ClientConnection) -> None:
        """Ask how late we hear, as the page's link does."""
        if self.sounding is None and time.monotonic() - self.sounded_at > SOUNDING_SECONDS:
            self.sounding = time.monotonic()
            await socket.send('{"ping":1}')

    async def say(self, socket: ClientConnection, question: Mapping[str, Any]) -> None:
        subscription = {"subscribe": self.channel, "audience": self.audience, **question}
        await socket.send(orjson.dumps(subscription).decode())

    def hear(self, text: str | bytes) -> None:
        self.heard_at = time.monotonic()
        told = keeps_to_asyncapi(text) if self.checked else orjson.loads(text)
        if self.audience != "staff" and leaks(text):
            self.leaked.append(str(text))
        if told_by := getattr(self, f"on_{next(iter(told))}", None):
            told_by(told)
        self.stirred.set()

    # what it is told

    def on_subscribed(self, told: dict[str, Any]) -> None:
        self.rights = told["rights"]
        self.sounded_at = max(self.sounded_at, self.position.asked_at or 0.0)

    def on_pong(self, told: dict[str, Any]) -> None:
        if self.sounding is not None:
            self.sounded_at, self.sounding = max(self.sounded_at, self.sounding), None

    def on_snapshot(self, told: dict[str, Any]) -> None:
        self.check(*told["orders"])
        whole = self.position.collect(told)
        if whole is None:
            return
        self.snapshots += 1
        if not self.forgetful or self.snapshots == 1:
            self.hand.replace(whole.orders, whole.counts, another=whole.another)
        self.settle()

    def on_event(self, told: dict[str, Any]) -> None:
        piece = Piece(told["offset"], told["offset"], told)
        if self.forgetful:
            self.position.offset = piece.last
            self.show(told)
        elif self.position.take(piece):
            self.show(told)
            self.settle()

    def on_skip(self, told: dict[str, Any]) -> None:
        if self.position.take(Piece(told["from"], told["to"])):
            self.settle()

    def on_head(self, told: dict[str, Any]) -> None:
        self.head = told["head"][self.channel]
        if not self.forgetful:
            self.position.compare(self.head)

    def settle(self) -> None:
        for piece in self.position.settled():
            if piece.told:
                self.show(piece.told)

    def show(self, told: dict[str, Any]) -> None:
        """Put what an event carries on the board."""
        thing = told.get("order") or told["location"]
        where = (self.position.epoch, told["offset"], told["event"], str(thing["id"]))
        self.shown.append(Shown(*where, told["at"], time.time()))
        if "order" in told:
            self.check(thing)
            news = self.hand.put(thing)
            self.overtaken += not news
        self.hand.count(told.get("counts"))

    def check(self, *cards: Card) -> None:
        """Each is a card of this audience, if we are to look so closely."""
        for card in cards if self.checked else ():
            shape = "Gone" if "gone" in card else SEEN_AS[self.audience]
            fits(card, f"#/components/schemas/{shape}", "asyncapi")
