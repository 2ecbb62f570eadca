"""What the hub is handed: the book to read, who may watch what, and what each audience sees."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from starlette.requests import HTTPConnection, cookie_parser

from server import auth, events
from server.events import Audience, Heads, Publication
from server.orders import boards, cards
from server.people import sessions
from server.people.actors import Right
from server.perform import Perform, Read
from server.realtime.book import Grant
from server.realtime.lean.entrance import Unknown
from server.realtime.lean.handshake import Handshake
from server.recognition import Credential, Recognition, Standing
from server.settings import Settings

USED_EVERY_SECONDS: Final = 15.0
PAGES_KNOWN: Final = 64

log = logging.getLogger(__name__)


class LiveBook:
    """The book, as the hub reads it."""

    def __init__(self, read: Read, perform: Perform) -> None:
        self.read = read
        self.perform = perform

    async def since(self, channel: str, offset: int, limit: int) -> Sequence[Publication]:
        """The events after an offset, in order."""
        return await self.read(events.since, channel, offset, limit)

    async def heads(self, channels: Sequence[str]) -> Heads:
        """The heads of these channels, in one query."""
        return await self.read(events.heads, channels)

    async def snapshot(self, channel: str) -> boards.Snapshot:
        """The whole state of a channel, at one position."""
        return await self.read(boards.of_channel, channel)

    async def regressed(self, channel: str, seen: int, head: int) -> None:
        """Number anew: a head below one already seen means an older database came back."""
        log.warning("%s fell from %d back to %d: its numbering starts anew", channel, seen, head)
        await self.perform(events.renumber, channel, below=seen)


class LiveProjection:
    """What an audience sees of a thing that staff see whole."""

    def event(self, audience: Audience, publication: Publication) -> bytes | None:
        """The thing as JSON; None when this audience may not see it at all."""
        if publication.key == "order":
            return cards.project(audience, publication.thing)
        return publication.thing if audience is Audience.STAFF else None

    def card(self, audience: Audience, card: bytes) -> bytes:
        """A card of a snapshot."""
        return cards.project(audience, card)


class Doorkeeper:
    """Knows who is asking; a bearer token is believed before a cookie."""

    def __init__(self, recognise: Recognition, settings: Settings) -> None:
        self.recognise = recognise
        self.settings = settings
        self.cookie = auth.cookie_name(settings)
        self.page_of_ours = lru_cache(maxsize=PAGES_KNOWN)(self.knocks)
        self.in_use: set[int] = set()

    async def admit(self, scope: Mapping[str, Any]) -> Standing | None:
        """Who opens this socket, by the headers of its ASGI scope."""
        connection = HTTPConnection[Any](dict(scope) | {"state": {"settings": self.settings}})
        shown = auth.credential(connection)
        return watching(await self.recognise.standing(shown)) if shown else None

    async def recheck(self, grant: Grant) -> Standing | None:
        """What they may see now that somebody's access has changed."""
        assert isinstance(grant, Standing)
        return watching(await self.recognise.ask(grant.shown))

    # the same for the lean way, which reads the request itself

    def ours(self, asked: Handshake) -> bool:
        """Whether a page of ours asks, or a program."""
        return asked.authorization is not None or self.page_of_ours(asked.origin, asked.host)

    def knocks(self, origin: str, host: str) -> bool:
        return auth.may_knock(None, origin, host, self.settings)

    def recall(self, asked: Handshake) -> Standing | None:
        """Who it is, from memory."""
        shown = self.shown(asked)
        try:
            return watching(self.recognise.recall(shown)) if shown else None
        except KeyError:
            raise Unknown from None

    async def admit_all(self, asked: Sequence[Handshake]) -> Sequence[Standing | None]:
        """Who they are, by one question for all."""
        shown = [self.shown(one) for one in asked]
        found = await self.recognise.ask_all({one for one in shown if one})
        return [watching(found.get(one)) if one else None for one in shown]

    def shown(self, asked: Handshake) -> Credential | None:
        cookie = cookie_parser(asked.cookie).get(self.cookie) if asked.cookie else None
        return auth.presented(asked.authorization or "", cookie)

    # who is still there

    def used(self, grant: Grant) -> None:
        """An acknowledging socket counts as use of its sign-in."""
        assert isinstance(grant, Standing)
        if grant.actor.sign_in is not None:
            self.in_use.add(grant.actor.sign_in)

    async def keep_alive(self, perform: Perform) -> None:
        """Write down every few seconds which sign-ins are in use, for as long as we run."""
        while True:
            await asyncio.sleep(USED_EVERY_SECONDS)
            used, self.in_use = self.in_use, set()
            if used:
                await note_use(perform, used)


async def note_use(perform: Perform, used: set[int]) -> None:
    """Prolong these sign-ins; a database that is away takes it next time."""
    try:
        await perform(sessions.touch, sorted(used))
    except Exception:
        log.exception("Could not note that %d sign-ins are in use", len(used))


def watching(standing: Standing | None) -> Standing | None:
    """Whoever may not read orders is nobody here."""
    return standing if standing and Right.ORDERS_READ in standing.actor.rights else None
