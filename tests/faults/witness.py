"""A board that also notes how its lamp stands, and how long it took to come back."""

from __future__ import annotations

import time
from typing import Any, Final

from tests.flow.board import Board

LIVE_SECONDS: Final = 8.0  # the last moment up to which all that was sent has come
FRESH_SECONDS: Final = 3.0  # the server's last look at the database
GAP_SECONDS: Final = 2.0
NOT_LIVE_SECONDS: Final = 10.0


class Witness(Board):
    """`back`: from the end of a socket until the next is open; `caught_up`: until it is current."""

    believing = False  # a control's lamp: whatever is connected is live

    def __init__(self, *about: Any, **more: Any) -> None:
        super().__init__(*about, **more)
        self.db_age = 0.0
        self.aim: int | None = None
        self.ended_at = 0.0
        self.opened_at = 0.0
        self.back: list[float] = []
        self.caught_up: list[float] = []

    @property
    def lamp(self) -> str:
        """What the page would say: live, slow, or not live."""
        if self.believing:
            return "live"
        now = time.monotonic()
        age = now - self.sounded_at
        gap = self.position.gap_at
        if age > NOT_LIVE_SECONDS:
            return "not live"
        fresh = self.db_age <= FRESH_SECONDS and (gap is None or now - gap <= GAP_SECONDS)
        caught_up = self.aim is None  # with where the channel stood when we came (back)
        return "live" if age <= LIVE_SECONDS and fresh and caught_up else "slow"

    async def once(self) -> int:
        code = await super().once()
        self.ended_at = time.monotonic()
        return code

    async def say(self, socket: Any, question: Any) -> None:
        if self.connects > len(self.back) + 1:  # the first words over a new socket
            self.opened_at = time.monotonic()
            self.back.append(self.opened_at - self.ended_at)
        await super().say(socket, question)

    def hear(self, text: str | bytes) -> None:
        super().hear(text)
        if self.aim is not None and self.position.offset >= self.aim and not self.position.parts:
            self.aim = None
            if self.opened_at:
                self.caught_up.append(time.monotonic() - self.opened_at)
                self.opened_at = 0.0

    def on_subscribed(self, told: dict[str, Any]) -> None:
        super().on_subscribed(told)
        self.aim = told["offset"]

    def on_head(self, told: dict[str, Any]) -> None:
        super().on_head(told)
        self.db_age = told["db_age_ms"] / 1000
