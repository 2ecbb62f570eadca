"""What the hub is handed: the book to read, who may watch what, and what each audience sees."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session, col, select
from starlette.requests import HTTPConnection

from server import events
from server.auth import credential
from server.events import Audience, Heads, Publication
from server.models import Location, Organization, SignIn
from server.orders import boards, cards
from server.people import keys, sessions
from server.people.actors import Actor, Right
from server.perform import Perform, Read
from server.realtime.book import Grant
from server.recognition import Credential
from server.settings import Settings

USED_EVERY_SECONDS: Final = 15.0

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


@dataclass(frozen=True, slots=True)
class LiveGrant:
    """Who is behind a socket and what they may watch, as of one access version."""

    actor: Actor
    shown: Credential
    access_version: int
    expires_at: float | None
    channels: frozenset[str]

    @property
    def organization(self) -> int:
        """Whose rights decide."""
        return self.actor.organization

    @property
    def person(self) -> str:
        """Whose sockets are counted together."""
        return self.actor.key

    def may_watch(self, channel: str, audience: Audience) -> bool:
        """Whether the channel is there, and theirs."""
        return channel in self.channels

    def rights(self, channel: str) -> Sequence[str]:
        """What they may do there, for screens to mask their buttons by."""
        return sorted(right.value for right in self.actor.rights)


class Doorkeeper:
    """Knows who is asking; a bearer token is believed before a cookie."""

    def __init__(self, read: Read, settings: Settings) -> None:
        self.read = read
        self.settings = settings
        self.in_use: set[int] = set()

    async def admit(self, scope: Mapping[str, Any]) -> LiveGrant | None:
        """Who opens this socket, by the headers of its ASGI scope."""
        shown = credential(HTTPConnection(dict(scope) | {"state": {"settings": self.settings}}))
        return await self.read(granted, shown) if shown else None

    async def recheck(self, grant: Grant) -> LiveGrant | None:
        """What they may see now that somebody's access has changed."""
        assert isinstance(grant, LiveGrant)
        return await self.read(granted, grant.shown)

    def used(self, grant: Grant) -> None:
        """An acknowledging socket counts as use of its sign-in."""
        assert isinstance(grant, LiveGrant)
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


def granted(session: Session, shown: Credential) -> LiveGrant | None:
    """What a credential is worth now, read together with the access version it is worth it at."""
    find = sessions.resume if shown.kind == "cookie" else keys.bearer
    actor = find(session, shown.token)
    if actor is None or Right.ORDERS_READ not in actor.rights:
        return None
    organization = session.get_one(Organization, actor.organization)
    return LiveGrant(
        actor,
        shown,
        organization.access_version,
        ends(session, actor),
        channels(session, actor),
    )


def ends(session: Session, actor: Actor) -> float | None:
    """When the sign-in is over whatever happens, in seconds since 1970."""
    if actor.sign_in is None:
        return None
    return (session.get_one(SignIn, actor.sign_in).created_at + sessions.ABSOLUTE).timestamp()


def channels(session: Session, actor: Actor) -> frozenset[str]:
    """The channels of the locations they see, and their organization's own."""
    own = select(Location.id).where(Location.organization_id == actor.organization)
    if actor.locations is not None:
        own = own.where(col(Location.id).in_(actor.locations))
    names = {f"location:{location_id}" for location_id in session.exec(own)}
    return frozenset(names | {f"organization:{actor.organization}"})
