"""Rights withdrawn while a socket is open: it is closed within seconds, with Redis or without."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final

from server.realtime.protocol import Close

if TYPE_CHECKING:
    from server.realtime.connection import Connection
    from server.realtime.hub import Hub

CHECKED_AT_ONCE: Final = 8

log = logging.getLogger(__name__)


class Rights:
    """Compares every grant with its organization's access version, as each look brings it."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.known: dict[int, int] = {}
        self.doubted: dict[Connection, None] = {}
        self.checking = asyncio.Event()

    def versions(self, access: Mapping[int, int]) -> None:
        """Check again whoever was admitted under another access version."""
        for organization, version in access.items():
            if self.known.get(organization) != version:
                self.known[organization] = version
                for connection in self.hub.by_organization.get(organization, ()):
                    self.compare(connection)

    def compare(self, connection: Connection) -> None:
        known = self.known.get(connection.grant.organization)
        if known is not None and known != connection.grant.access_version:
            self.doubted[connection] = None
            self.checking.set()

    def doubt(self, connections: Iterable[Connection]) -> None:
        """What was known of them is of another past."""
        self.doubted |= dict.fromkeys(connections)
        self.checking.set()

    async def run(self) -> None:
        while True:
            await self.checking.wait()
            self.checking.clear()
            while self.doubted:
                some = list(islice(self.doubted, CHECKED_AT_ONCE))
                await asyncio.gather(*(self.check(connection) for connection in some))

    async def check(self, connection: Connection) -> None:
        """Ask again; when the answer does not come, ask once more in a second."""
        try:
            grant = await self.hub.patient(self.hub.doorkeeper.recheck(connection.grant))
        except Exception:
            log.exception("Could not check somebody's rights again")
            await asyncio.sleep(self.hub.limits.look_seconds)
            return
        self.doubted.pop(connection, None)
        if grant is None:
            connection.close(Close.SIGNED_OUT)
            return
        connection.grant = grant
        if self.known.get(grant.organization) != grant.access_version:
            self.known.pop(grant.organization, None)  # one of the two is old: the next look tells
        for name, follower in list(connection.followers.items()):
            if not grant.may_watch(name, follower.audience):
                connection.close(Close.NOT_YOURS)
