"""What the hub is handed: the book to read, who may watch what, and what each audience sees."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlmodel import Session
from starlette.requests import HTTPConnection, cookie_parser

from server import auth, events
from server.events import Audience, Heads, Publication
from server.orders import boards, cards, links
from server.orders.links import Links, Purpose
from server.people import sessions
from server.people.actors import Right
from server.perform import Perform, Read
from server.realtime.book import NOBODY, Grant
from server.realtime.lean.entrance import Unknown
from server.realtime.lean.handshake import Handshake
from server.recognition import Credential, Recognition, Standing
from server.settings import Settings

USED_EVERY_SECONDS: Final = 15.0
PAGES_KNOWN: Final = 64

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bought:
    """An order as its customer may see it, and until when they may."""

    order: str
    channel: str
    version: int
    card: bytes
    until: float | None


class LiveBook:
    """The book, as the hub reads it."""

    def __init__(self, read: Read, perform: Perform, links_: Links) -> None:
        self.read = read
        self.perform = perform
        self.links = links_

    async def since(self, channel: str, offset: int, limit: int) -> Sequence[Publication]:
        """The events after an offset, in order."""
        return await self.read(events.since, channel, offset, limit)

    async def heads(self, channels: Sequence[str]) -> Heads:
        """The heads of these channels, in one query."""
        return await self.read(events.heads, channels)

    async def snapshot(self, channel: str) -> boards.Snapshot:
        """The whole state of a channel, at one position."""
        return await self.read(boards.of_channel, channel)

    async def opened(self, tokens: Sequence[str]) -> Mapping[str, Bought]:
        """What customers' links open now."""
        return await self.read(bought, self.links, tokens)

    async def regressed(self, channel: str, seen: int, head: int) -> None:
        """Number anew: a head below one already seen means an older database came back."""
        log.warning("%s fell from %d back to %d: its numbering starts anew", channel, seen, head)
        await self.perform(events.renumber, channel, below=seen)


def bought(session: Session, links_: Links, tokens: Sequence[str]) -> dict[str, Bought]:
    """What these links open, by one question."""
    found = links.opened_all(session, links_, Purpose.PAGE, tokens)
    return {
        token: Bought(
            opened.order.id,
            f"location:{opened.order.location_id}",
            opened.order.version,
            opened.card,
            opened.until.timestamp() if opened.until else None,
        )
        for token, opened in found.items()
    }


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
        self.page_of_ours = lru_cache(maxsize=PAGES_KNOWN)(self.knocks)

    async def admit(self, scope: Mapping[str, Any]) -> Grant | None:
        """Who opens this socket, by the headers of its ASGI scope; None: what they show is void."""
        connection = HTTPConnection[Any](dict(scope) | {"state": {"settings": self.settings}})
        shown = auth.credential(connection)
        return watching(await self.recognise.standing(shown)) if shown else NOBODY

    async def recheck(self, grant: Grant) -> Grant | None:
        """What they may see now that somebody's access has changed."""
        if grant is NOBODY:
            return grant
        assert isinstance(grant, Standing)
        return watching(await self.recognise.ask(grant.shown))

    # the same for the lean way, which reads the request itself

    def ours(self, asked: Handshake) -> bool:
        """Whether a page of ours asks, or a program."""
        return asked.authorization is not None or self.page_of_ours(asked.origin, asked.host)

    def knocks(self, origin: str, host: str) -> bool:
        return auth.may_knock(None, origin, host, self.settings)

    def recall(self, asked: Handshake) -> Grant | None:
        """Who it is, from memory."""
        shown = self.shown(asked)
        try:
            return watching(self.recognise.recall(shown)) if shown else NOBODY
        except KeyError:
            raise Unknown from None

    async def admit_all(self, asked: Sequence[Handshake]) -> Sequence[Grant | None]:
        """Who they are, by one question for all."""
        shown = [self.shown(one) for one in asked]
        found = await self.recognise.ask_all({one for one in shown if one})
        return [watching(found.get(one)) if one else NOBODY for one in shown]

    def shown(self, asked: Handshake) -> Credential | None:
        cookies = cookie_parser(asked.cookie) if asked.cookie else {}
        return next(auth.presented(asked.authorization or "", cookies, self.settings), None)

    # who is still there

    def used(self, grant: Grant) -> None:
        """An acknowledging socket counts as use of its sign-in."""
        if not isinstance(grant, Standing) or grant.actor.device_id is not None:
            return  # a shared tablet's socket says nothing of whoever left it
        if grant.actor.sign_in is not None:
            self.recognise.in_use.add(grant.actor.sign_in)

    async def keep_alive(self, perform: Perform) -> None:
        """Write down every few seconds which sign-ins are in use, for as long as we run."""
        while True:
            await asyncio.sleep(USED_EVERY_SECONDS)
            used, self.recognise.in_use = self.recognise.in_use, set()
            if used:
                await note_use(perform, used)


async def note_use(perform: Perform, used: set[int]) -> None:
    """Prolong these sign-ins; a database that is away takes it next time."""
    try:
        await perform(sessions.touch, sorted(used))
    except Exception:
        log.exception("Could not note that %d sign-ins are in use", len(used))


def watching(standing: Standing | None) -> Standing | None:
    """Whoever may not watch is nobody here; a one-time password opens no board."""
    if standing is None or standing.actor.one_time:
        return None
    on_show = standing.actor.profile is not None
    return standing if on_show or Right.ORDERS_READ in standing.actor.rights else None
