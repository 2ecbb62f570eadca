"""All who watch a channel as one audience: each event is encoded once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from server.events import Audience, Publication
from server.realtime import frames
from server.realtime.follower import Follower
from server.realtime.limits import Limits
from server.realtime.ring import Ring

JOINS_KEPT = 16


class Run(NamedTuple):
    """Finished frames from one cursor on, and the cursor after them."""

    frames: bytes
    to: int


class Stand:
    """The followers of one audience, and the ring's events as finished frames for them."""

    __slots__ = ("audience", "followers", "frames", "limits", "name", "project", "ring", "runs")

    def __init__(
        self,
        name: str,
        audience: Audience,
        project: Callable[[Audience, Publication], bytes | None],
        ring: Ring,
        limits: Limits,
    ) -> None:
        self.name = name
        self.audience = audience
        self.project = project
        self.limits = limits
        self.followers: dict[Follower, None] = {}
        self.reset(ring)

    def reset(self, ring: Ring) -> None:
        """Start over with another ring."""
        self.ring = ring
        self.frames: dict[int, bytes] = {}
        self.runs: dict[int, Run] = {}

    def appended(self) -> None:
        """No run ends where it did, and what the ring pushed out is not needed encoded."""
        self.frames.pop(self.ring.first - 1, None)
        self.runs.clear()

    def send(self, follower: Follower) -> int:
        """Write what a follower lacks while its socket takes it; answers the number of events."""
        wire = follower.connection.wire
        while follower.parts and wire.ready:
            wire.write(follower.parts[0])
            follower.parts = follower.parts[1:]
        start, head = follower.cursor, self.ring.head
        while follower.cursor < head and wire.ready and not follower.parts:
            run = self.runs.get(follower.cursor) or self.run(follower.cursor)
            wire.write(run.frames)
            follower.cursor = run.to
        return follower.cursor - start

    def run(self, cursor: int) -> Run:
        """The frames after a cursor, up to the head or to what one write may hold."""
        pieces: list[bytes] = []
        size, skipped, head = 0, 0, self.ring.head
        for offset in range(cursor + 1, head + 1):
            frame = self.frame(offset)
            if not frame:
                skipped = skipped or offset
                continue
            if pieces and size + len(frame) > self.limits.write_bytes:
                head = offset - 1
                break
            if skipped:
                pieces.append(frames.skip(self.name, skipped, offset - 1))
                skipped = 0
            pieces.append(frame)
            size += len(frame)
        if skipped:
            pieces.append(frames.skip(self.name, skipped, head))
        return self.keep(cursor, Run(b"".join(pieces), head))

    def keep(self, cursor: int, run: Run) -> Run:
        """Those who stand at the same cursor share one run."""
        if len(self.runs) >= JOINS_KEPT:
            self.runs.clear()
        self.runs[cursor] = run
        return run

    def frame(self, offset: int) -> bytes:
        """An event as a finished frame; empty when this audience may not see it."""
        frame = self.frames.get(offset)
        if frame is None:
            publication = self.ring[offset]
            thing = self.project(self.audience, publication)
            frame = b"" if thing is None else frames.event(publication, self.audience, thing)
            self.frames[offset] = frame
        return frame
