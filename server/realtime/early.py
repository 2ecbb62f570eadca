"""Events that came before their forerunner: kept for a moment, since that is often on its way.

Commands that commit side by side ring side by side, and two bells may cross. Reading the book for
each crossing would cost a query where a few milliseconds of patience cost nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from server.events import Publication
from server.realtime.ring import Ring

KEPT: Final = 64  # further ahead than this is not a crossing but a gap


class Early:
    """The events just beyond a gap, and the moment from which the gap counts as one."""

    def __init__(self, grace_seconds: float, missed: Callable[[int], None]) -> None:
        self.grace_seconds = grace_seconds
        self.missed = missed
        self.kept: dict[int, Publication] = {}
        self.waiting: asyncio.Handle | None = None

    def keep(self, publication: Publication, ring: Ring) -> bool:
        """Keep it if it is just ahead of the ring; false where there is a gap to be read."""
        ahead = publication.offset - ring.head
        if publication.epoch != ring.epoch or not 1 < ahead <= KEPT or not self.grace_seconds:
            return False
        self.kept[publication.offset] = publication
        if self.waiting is None:
            loop = asyncio.get_running_loop()
            self.waiting = loop.call_later(self.grace_seconds, self.over)
        return True

    def next(self, ring: Ring) -> Publication | None:
        """The event whose turn it is now."""
        if not self.kept:
            return None
        found = self.kept.pop(ring.head + 1, None)
        return found if found and ring.follows(found) else None

    def over(self) -> None:
        """Whatever has not come by now is read from the book."""
        self.waiting = None
        if self.kept:
            furthest = max(self.kept)
            self.kept.clear()
            self.missed(furthest)
