"""One socket's place in a channel: a cursor, not a queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from server.events import Audience

if TYPE_CHECKING:
    from server.realtime.channel import Channel
    from server.realtime.connection import Connection


NOWHERE: Final = -1


class Follower:
    """Where a socket stands in a channel, or what it waits for before it can stand anywhere."""

    __slots__ = (
        "asked",
        "audience",
        "channel",
        "connection",
        "cursor",
        "epoch",
        "looked",
        "parts",
        "seated",
        "seen",
        "since",
        "welcomed",
    )

    def __init__(
        self,
        connection: Connection,
        channel: Channel,
        audience: Audience,
        since: int | None,
        epoch: str | None,
    ) -> None:
        self.connection = connection
        self.channel = channel
        self.audience = audience
        self.since = NOWHERE if since is None else since
        self.epoch = epoch
        self.asked = channel.ring.head  # the head when it asked: a snapshot must not be older
        self.looked = False  # whether the database was asked about a position that seems wrong
        self.seated = False
        self.welcomed = False
        self.cursor = 0  # the last offset written to the socket
        self.seen = 0  # the last offset the client acknowledged
        self.parts: Sequence[bytes] = ()  # what is left of a snapshot

    def restart(self, head: int) -> None:
        """Forget the position: only a snapshot helps now."""
        self.since = NOWHERE
        self.asked = head
        self.seated = False
