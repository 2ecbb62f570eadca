"""Recognising people and machines by what they show, mostly from memory.

Whoever was looked up is remembered for two seconds, so that a busy board costs no query per
request; ending a session forgets it at once here, and everywhere within those two seconds.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from server.people import keys, sessions
from server.people.actors import Actor
from server.perform import Read

REMEMBERED_SECONDS: Final = 2.0
REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request proves itself with."""

    kind: str  # cookie, bearer
    token: str


class Recognition:
    """Turns credentials into actors, from memory where it can."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.known: OrderedDict[Credential, tuple[float, Actor | None]] = OrderedDict()

    async def __call__(self, shown: Credential) -> Actor | None:
        """Whose credential that is; None when nobody's, or no longer."""
        until, actor = self.known.get(shown, (0.0, None))
        if time.monotonic() < until:
            return actor
        find = sessions.resume if shown.kind == "cookie" else keys.bearer
        actor = await self.read(find, shown.token)
        self.known[shown] = (time.monotonic() + REMEMBERED_SECONDS, actor)
        self.known.move_to_end(shown)
        while len(self.known) > REMEMBERED:
            self.known.popitem(last=False)
        return actor

    def forget(self, shown: Credential | None = None) -> None:
        """Ask the database again next time; without a credential: about everybody."""
        if shown is None:
            self.known.clear()
        else:
            self.known.pop(shown, None)
